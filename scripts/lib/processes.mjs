// Child processes: run one to its end, or keep a family of them that is stopped together, by pid, last one first.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const TRIES = 3;
const BETWEEN_TRIES_MS = 5_000;

/** Runs a command to its end. Resolves with `{code, output}`; `output` is stdout and stderr as they came. */
export function run(command, args, { cwd, env, inherit = false, timeoutMs } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: inherit ? 'inherit' : ['ignore', 'pipe', 'pipe'] });
    running.add(child);
    const timer = timeoutMs && setTimeout(() => child.kill('SIGKILL'), timeoutMs);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text) => (output += text));
    }
    child.once('error', (error) => {
      running.delete(child);
      reject(error);
    });
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      running.delete(child);
      if (timer && signal === 'SIGKILL') output += `\nkilled after ${timeoutMs / 1000} s`;
      resolve({ code: code ?? 1, output });
    });
  });
}

/** The same, for a command that must succeed: throws with what it said when it does not. */
export async function succeed(command, args, options = {}) {
  const result = await run(command, args, options);
  if (result.code !== 0) throw new Error(`${command} ${args.join(' ')} failed:\n${result.output.trim()}`);
  return result;
}

/** The same, of what asks a registry: one lost connection is not that something cannot be had. */
export async function insist(command, args, options = {}) {
  for (let tries = 1; ; tries += 1) {
    const result = await succeed(command, args, options).catch((error) => {
      if (tries === TRIES || error.code === 'ENOENT') throw error;
      return null;
    });
    if (result !== null) return result;
    await sleep(BETWEEN_TRIES_MS);
  }
}

const running = new Set();

/** Ends every command that `run` has under way. */
export function stopRunning() {
  for (const child of running) child.kill('SIGTERM');
}

/**
 * Reads `start <pid>` lines. When its input ends without an `end`, whoever started the processes was killed: it then
 * stops them, the youngest first, and kills what is still there after ten seconds.
 */
const GUARDIAN = `
  pids=
  while read -r word pid; do
    case $word in start) pids="$pid $pids" ;; end) exit 0 ;; esac
  done
  for pid in $pids; do
    kill "$pid"
    tries=0
    while kill -0 "$pid" && [ $tries -lt 100 ]; do sleep 0.1; tries=$((tries + 1)); done
    kill -9 "$pid"
  done 2>/dev/null`;

/**
 * A family of long-running children. Each has a process group of its own, so that Ctrl-C in the terminal reaches
 * only the parent, which then stops them in order. A guardian stops them should the parent be killed.
 */
export class Family {
  #members = [];
  #guardian;
  /** Whether everything is on its way out. */
  finishing = false;

  /** Starts a child. With `logFile` its output goes there, else to our own stdout and stderr. */
  start(name, command, args, { cwd, env, logFile, stopWithinMs = 5_000 }) {
    const log = logFile ? openSync(logFile, 'a') : 'inherit';
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', log, log], detached: true });
    if (logFile) closeSync(log);
    this.#guard(child);
    const ended = new Promise((resolve) => {
      child.once('error', (error) => resolve({ code: null, signal: null, error }));
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    const member = { name, child, ended, logFile, stopWithinMs, stopping: false };
    this.#members.push(member);
    return member;
  }

  #guard(child) {
    if (!this.#guardian) {
      this.#guardian = spawn('sh', ['-c', GUARDIAN], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
      this.#guardian.stdin.on('error', () => {});
      this.#guardian.unref();
    }
    if (child.pid !== undefined) this.#guardian.stdin.write(`start ${child.pid}\n`);
  }

  /** Rejects, naming the child and its last words, as soon as one ends that nobody asked to end. */
  async firstDeath() {
    const { member, end } = await Promise.race(
      this.#members.map(async (member) => ({ member, end: await member.ended })),
    );
    if (member.stopping) return new Promise(() => {});
    throw new Error(`${member.name} ended unexpectedly (${describeEnd(end)})${lastWords(member)}`);
  }

  /** Stops the children one after the other, the youngest first; kills what does not end in time. */
  async stopAll() {
    while (this.#members.length > 0) {
      const member = this.#members.at(-1);
      await stopMember(member);
      this.#members.pop();
    }
    this.#guardian?.stdin.end('end\n');
  }

  /** Stops the commands that run and the children, then ends this process. Only the first call counts. */
  async finish(code) {
    if (this.finishing) return;
    this.finishing = true;
    stopRunning();
    await this.stopAll();
    process.exit(code);
  }

  /** At once and without asking. */
  killAll() {
    for (const member of this.#members) signal(member, 'SIGKILL');
  }
}

async function stopMember(member) {
  member.stopping = true;
  signal(member, 'SIGTERM');
  const timer = new AbortController();
  const ended = await Promise.race([
    member.ended.then(() => true),
    sleep(member.stopWithinMs, false, { signal: timer.signal }).catch(() => false),
  ]);
  timer.abort();
  if (!ended) signal(member, 'SIGKILL');
  await member.ended;
}

export function signal({ child }, name) {
  if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) child.kill(name);
}

function describeEnd({ code, signal: name, error }) {
  if (error) return error.message;
  return name ? `signal ${name}` : `exit code ${code}`;
}

/** The last lines of a child's log, for messages. */
export function lastWords({ logFile }, lines = 25) {
  if (!logFile) return '';
  const text = readFileSync(logFile, { encoding: 'utf8', flag: 'a+' }).trimEnd();
  return text === '' ? '' : `. Its last lines:\n${text.split('\n').slice(-lines).join('\n')}`;
}
