/** Child processes of a suite: started through here, so that none outlives it unseen. */
import { type ChildProcess, spawn, type SpawnOptions } from 'node:child_process';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Child {
  /** For messages: what it is. */
  readonly label: string;
  readonly pid: number;
  /** Everything it wrote to stdout and stderr so far. */
  output(): string;
  /** Calls back for every whole line of stdout, those already there included. */
  onLine(listener: (line: string) => void): void;
  write(line: string): void;
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Resolves with the exit code, or with the name of the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

const children = new Set<Child>();

/** Children of this suite that still run. */
export function runningChildren(): Child[] {
  return [...children].filter((child) => child.isRunning());
}

/** Starts a process with piped streams and keeps what it says. */
export function start(
  label: string,
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Child {
  const process = spawn(command, args, { ...options, stdio: ['pipe', 'pipe', 'pipe'] });
  const chunks: string[] = [];
  const lines: string[] = [];
  const listeners: ((line: string) => void)[] = [];
  let rest = '';
  process.stdout.setEncoding('utf8').on('data', (text: string) => {
    chunks.push(text);
    const parts = (rest + text).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) {
      lines.push(line);
      for (const listener of listeners) listener(line);
    }
  });
  process.stderr.setEncoding('utf8').on('data', (text: string) => chunks.push(text));
  process.stdin.on('error', () => undefined);
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    process.once('error', reject);
    process.once('close', (code, signal) => {
      resolve(code ?? signal ?? 'SIGKILL');
    });
  });
  ended.catch(() => undefined);
  const child: Child = {
    label,
    pid: process.pid ?? 0,
    output: () => chunks.join(''),
    onLine: (listener) => {
      lines.forEach(listener);
      listeners.push(listener);
    },
    write: (line) => process.stdin.write(`${line}\n`),
    isRunning: () => isAlive(process),
    signal: (name) => {
      if (isAlive(process)) process.kill(name);
    },
    ended,
  };
  children.add(child);
  return child;
}

function isAlive(process: ChildProcess): boolean {
  return process.pid !== undefined && process.exitCode === null && process.signalCode === null;
}

/** Waits for the end of a child; kills it and throws when it does not come in time. */
export async function endOf(child: Child, withinMs: number): Promise<number | NodeJS.Signals> {
  const cancel = new AbortController();
  const late = sleep(withinMs, 'late' as const, { signal: cancel.signal }).catch(() => 'late' as const);
  const outcome = await Promise.race([child.ended, late]);
  cancel.abort();
  if (outcome !== 'late') return outcome;
  child.signal('SIGKILL');
  throw new Error(
    `${child.label} was still running after ${String(withinMs)} ms. Its last words:\n${tail(child.output())}`,
  );
}

/** The last lines of a log, for error messages. */
export function tail(text: string, lines = 12): string {
  return text.trimEnd().split('\n').slice(-lines).join('\n');
}

/**
 * Below what the system hands out by itself, so that no client's connection takes a port while its server is down; and
 * a stretch for each test process, so that two never find the same one free.
 */
const PORTS_FROM = 10_000;
const PORTS_EACH = 2_000;
const STRETCHES = 10;
const stretch = Number(process.env.JEST_WORKER_ID ?? 1) % STRETCHES;
/** Other test runs on this machine begin elsewhere. */
let nextPort = Math.floor(Math.random() * PORTS_EACH);

/** A port on loopback that nobody listens on, and that this test process gave to nobody lately. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < PORTS_EACH; tries += 1) {
    const port = PORTS_FROM + stretch * PORTS_EACH + nextPort;
    nextPort = (nextPort + 1) % PORTS_EACH;
    if (await isFree(port)) return port;
  }
  throw new Error('no port is free');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen(port, '127.0.0.1', () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
