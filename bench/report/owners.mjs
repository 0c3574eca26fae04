/**
 * Whose code a profile was in: each sample belongs to the innermost frame that is in a package or in a folder of ours, so that
 * what Node.js does for somebody is his. Without one it is Node's own: reading sockets, timers, turns of the event loop.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BUNDLE = fileURLToPath(new URL('../../dist/service.bundle.js', import.meta.url));
/** Before each of its files the bundle has a comment with the file's path. */
const MARK = /^\/\/ ((?:dist|node_modules)\/.+)$/;
const PACKAGE = /node_modules\/(@?[^/]+)/;
const FOLDER = /dist\/(core\/[^/]+|[^/]+)\//;
/** Frames of V8 that are not code. */
const IDLE = '(idle)';
const GARBAGE = '(garbage collector)';
/** What beginning and ending a profile takes is nobody's. */
const PROFILER = '/take-profile.mjs';

function ownerOf(path) {
  const name = PACKAGE.exec(path)?.[1];
  if (name !== undefined) return name;
  const folder = FOLDER.exec(path)?.[1];
  return folder === undefined ? undefined : `src/${folder}`;
}

/** Gives the owner of a line of the bundle, counted from 0. */
function readBundle() {
  let owner;
  const owners = readFileSync(BUNDLE, 'utf8')
    .split('\n')
    .map((line) => {
      const path = MARK.exec(line)?.[1];
      if (path !== undefined) owner = ownerOf(path);
      return owner;
    });
  return (line) => owners[line];
}

/**
 * @param {any} profile of V8's inspector
 * @returns {[owner: string, share: number][]} of the time in which the thread was not idle, the largest first
 */
export function sharesOf({ nodes, samples, timeDeltas }) {
  const bundled = readBundle();
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const owners = new Map();
  const ownerIn = ({ functionName, url, lineNumber }, caller) => {
    if (functionName === GARBAGE) return 'garbage';
    if (functionName === IDLE || url.endsWith(PROFILER)) return IDLE;
    return (url.endsWith('/service.bundle.js') ? bundled(lineNumber) : ownerOf(url)) ?? caller;
  };
  const visit = ({ id, callFrame, children = [] }, caller) => {
    const owner = ownerIn(callFrame, caller);
    owners.set(id, owner);
    for (const child of children) visit(byId.get(child), owner);
  };
  visit(nodes[0], 'node');
  const times = new Map();
  for (const [index, id] of samples.entries()) {
    const owner = owners.get(id);
    times.set(owner, (times.get(owner) ?? 0) + timeDeltas[index]);
  }
  times.delete(IDLE);
  const busy = [...times.values()].reduce((sum, time) => sum + time, 0);
  return [...times].map(([owner, time]) => [owner, time / busy]).sort(([, a], [, b]) => b - a);
}
