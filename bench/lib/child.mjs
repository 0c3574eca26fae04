/** A program of its own that is steered by JSON lines: each line on its stdin is answered by one line on its stdout, in order. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const ASK_WITHIN_MS = 180_000;

/** Children that are not gone yet: none outlives the bench. @type {Set<import('node:child_process').ChildProcess>} */
const alive = new Set();
process.on('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(130));

/** Starts a program that ends with the bench at the latest. */
export function start(command, args, options) {
  const child = spawn(command, args, options);
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  child.once('error', () => alive.delete(child));
  return child;
}

export const hasEnded = (child) => child.exitCode !== null || child.signalCode !== null;

/** At once, where nothing is worth a farewell. By pid, and only what `start` has started. */
export async function end(child, signal = 'SIGKILL') {
  if (child.pid === undefined || hasEnded(child)) return;
  const gone = once(child, 'exit');
  child.kill(signal);
  await gone;
}

export class Steered {
  /** @type {{ resolve: (line: any) => void, reject: (error: Error) => void }[]} */
  #asked = [];
  #child;

  /** Resolves with the program and its first line, which says that it is ready. */
  static async start(name, path, args, options = {}) {
    const steered = new Steered(name, path, args, options);
    const ready = await steered.#next('to be ready');
    return { steered, ready };
  }

  constructor(name, path, args, { cwd, env, nodeArgs = [] }) {
    this.name = name;
    this.#child = start(process.execPath, [...nodeArgs, path, JSON.stringify(args)], {
      cwd,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdin.on('error', () => undefined);
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      const { resolve, reject } = this.#asked.shift() ?? {};
      const answer = JSON.parse(line);
      if (answer.error === undefined) resolve?.(answer);
      else reject?.(new Error(`${name}: ${answer.error}`));
    });
    this.#child.once('exit', (code, signal) => {
      for (const { reject } of this.#asked.splice(0)) reject(new Error(`${name} ended (${signal ?? code})`));
    });
  }

  /** Sends a command; resolves with its answer. An answer with an `error` rejects. */
  async ask(command) {
    const answer = this.#next(`to answer ${JSON.stringify(command)}`);
    this.#child.stdin.write(`${JSON.stringify(command)}\n`);
    return answer;
  }

  async end() {
    await end(this.#child);
  }

  #next(what) {
    if (hasEnded(this.#child)) return Promise.reject(new Error(`${this.name} has ended`));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`waited in vain for ${this.name} ${what}`)),
        ASK_WITHIN_MS,
      );
      const settle = (how) => (value) => {
        clearTimeout(timer);
        how(value);
      };
      this.#asked.push({ resolve: settle(resolve), reject: settle(reject) });
    });
  }
}
