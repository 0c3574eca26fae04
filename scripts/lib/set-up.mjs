// Everything that has to be there before the service runs: dependencies, redis-server, a build.
// Uses only what Node ships, since it runs before there are dependencies.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { at, CLIENT_MAIN, ROOT, SERVICE_MAIN, WORKER_MAIN } from './paths.mjs';
import { stopRunning, succeed } from './processes.mjs';
import { ensureRedisServer } from './redis-server.mjs';

const MIN_NODE = [20, 19];
/** The service's packages are built into it. */
const BUILD_INPUTS = [
  'src',
  'examples/worker/src',
  'clients/typescript/src',
  'nest-cli.json',
  'package-lock.json',
  'scripts/bundle.mjs',
  'tsconfig.json',
  'tsconfig.build.json',
];

/** Does what is missing and says so through `say`. Gives the path of redis-server. */
export async function setUp(say) {
  checkNode();
  try {
    // Both wait for the network most of the time.
    const [redisServer] = await Promise.all([ensureRedisServer(say), installAndBuild(say)]);
    return redisServer;
  } catch (error) {
    stopRunning();
    throw error;
  }
}

async function installAndBuild(say) {
  if (!dependenciesAreInstalled()) {
    say('installing dependencies (npm ci)');
    await npm('ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error');
  }
  if (!buildIsFresh()) {
    say('building (npm run build)');
    await npm('run', 'build', '--silent');
  }
}

function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > MIN_NODE[0] || (major === MIN_NODE[0] && minor >= MIN_NODE[1])) return;
  throw new Error(`Node ${MIN_NODE.join('.')} or newer is needed; this is ${process.versions.node}`);
}

async function npm(...args) {
  await succeed('npm', args, { cwd: ROOT });
}

/** Whether node_modules holds what the lock file says; npm keeps its own list of what it installed. */
function dependenciesAreInstalled() {
  const installedList = at('node_modules/.package-lock.json');
  if (!existsSync(installedList)) return false;
  const wanted = packagesOf(at('package-lock.json'));
  const installed = packagesOf(installedList);
  const workspaces = Object.keys(wanted).filter((path) => wanted[path].link);
  if (!workspaces.every((path) => existsSync(at(path)))) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (!path.startsWith('node_modules/') || entry.link) return true;
    const there = installed[path];
    return there ? there.version === entry.version : entry.optional === true || entry.peer === true;
  });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages;
}

/** Each is built only when those before it went well: the time of the last says that all of them did. */
function buildIsFresh() {
  const built = [SERVICE_MAIN, WORKER_MAIN, CLIENT_MAIN].map(changedAt);
  return Math.min(...built) >= Math.max(...BUILD_INPUTS.map((input) => newest(at(input))));
}

/** When something in a folder last changed; folders count too, since a deleted file changes only its folder. */
function newest(path) {
  if (!statSync(path).isDirectory()) return changedAt(path);
  const entries = readdirSync(path, { withFileTypes: true, recursive: true });
  const times = entries
    .filter(({ name }) => !name.endsWith('.spec.ts'))
    .map(({ parentPath, name }) => changedAt(`${parentPath}/${name}`));
  return Math.max(changedAt(path), ...times);
}

/** Milliseconds since 1970; 0 when it is not there. */
function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
