/** The service under test as its users run it: `node dist/main.js`, a process of its own, configured by environment. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { endOf, freePort, start, tail } from './processes';
import { waitFor, type WaitOptions } from './wait';

export const MAIN = resolve(__dirname, '../../dist/main.js');

/** Windows short enough for tests, long enough for a busy machine. */
const SHORT_WINDOWS: Readonly<Record<string, string>> = {
  LOG_LEVEL: 'DEBUG',
  HEARTBEAT_TTL_SEC: '5',
  SWEEP_INTERVAL_SEC: '1',
  RETRY_BASE_DELAY_SEC: '0.1',
  RETRY_MAX_DELAY_SEC: '0.3',
  RESULT_WAIT_SEC: '1',
  UNREGISTER_GRACE_SEC: '0.3',
  RECOVERY_GRACE_SEC: '0.5',
  SHUTDOWN_GRACE_SEC: '5',
  SHUTDOWN_DRAIN_SEC: '0',
};

export interface ServiceSettings {
  redisUrl: string;
  resultsDir: string;
  /** On top of the short windows; null takes a variable away. */
  env?: Readonly<Record<string, string | null>>;
  /** A free one when it is not given: a service that is started again keeps its URL by it. */
  port?: number;
  /** The loopback address to listen on, when not 127.0.0.1. */
  host?: string;
  /** Files that node loads before the service. */
  preload?: readonly string[];
}

export interface Service {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** stdout and stderr so far. */
  logs(): string;
  /** The lines of the log that are JSON, parsed. */
  logLines(): Record<string, unknown>[];
  isRunning(): boolean;
  signal(name: NodeJS.Signals): void;
  /** Waits until it is ready; throws with its log when it ends instead. */
  untilReady(options?: WaitOptions): Promise<void>;
  /** Waits until the process is gone, whatever ended it. */
  untilGone(withinMs?: number): Promise<number | NodeJS.Signals>;
  /** SIGTERM; throws unless the process ends by itself with exit code 0. */
  stop(): Promise<void>;
  /** SIGKILL. */
  kill(): Promise<void>;
}

/** The environment of a service process: nothing is inherited that could configure it. */
export function serviceEnv(
  settings: ServiceSettings,
  port: number,
  directory: string,
): Record<string, string> {
  const merged: Record<string, string | null> = {
    PATH: process.env.PATH ?? '',
    HOME: directory,
    REDIS_URL: settings.redisUrl,
    ORCHESTRATOR_RESULTS_DIR: settings.resultsDir,
    HOST: settings.host ?? '127.0.0.1',
    PORT: String(port),
    LOG_FILE: join(directory, 'orchestrator.log'),
    ...SHORT_WINDOWS,
    ...settings.env,
  };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== null),
  );
}

/** Starts the service and waits until it is ready; throws with its log when it ends instead. */
export async function startService(settings: ServiceSettings): Promise<Service> {
  const service = await launchService(settings);
  await service.untilReady();
  return service;
}

/** Starts the process and waits for nothing. */
export async function launchService(settings: ServiceSettings): Promise<Service> {
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-service-'));
  const port = settings.port ?? (await freePort());
  const preload = (settings.preload ?? []).flatMap((file) => ['--require', file]);
  const child = start('orchestrator', process.execPath, [...preload, MAIN], {
    cwd: directory,
    env: serviceEnv(settings, port, directory),
  });
  const url = `http://${settings.host ?? '127.0.0.1'}:${String(port)}`;
  const tidy = (): Promise<void> => rm(directory, { recursive: true, force: true });
  return {
    url,
    port,
    pid: child.pid,
    logs: () => child.output(),
    logLines: () => parseLines(child.output()),
    isRunning: () => child.isRunning(),
    signal: (name) => {
      child.signal(name);
    },
    async untilReady(options = {}) {
      const isReady = async (): Promise<boolean> => {
        if (!child.isRunning()) throw new Error(`the service ended at its start:\n${tail(child.output())}`);
        return fetch(`${url}/readyz`).then(
          (response) => response.status === 200,
          () => false,
        );
      };
      await waitFor('a ready service', isReady, { withinMs: 20_000, everyMs: 40, ...options }, () =>
        tail(child.output()),
      );
    },
    async untilGone(withinMs = 10_000) {
      const end = await endOf(child, withinMs);
      await tidy();
      return end;
    },
    async stop() {
      const wasRunning = child.isRunning();
      child.signal('SIGTERM');
      const code = await endOf(child, 10_000);
      await tidy();
      if (wasRunning && code !== 0) {
        throw new Error(`the service ended with ${String(code)} after SIGTERM:\n${tail(child.output())}`);
      }
    },
    async kill() {
      child.signal('SIGKILL');
      await endOf(child, 5_000);
      await tidy();
    },
  };
}

/** Runs `node dist/main.js` that is expected to refuse; gives its exit code and what it said. */
export async function refusedStart(
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | NodeJS.Signals; output: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-refused-'));
  const child = start('orchestrator', process.execPath, [MAIN], {
    cwd: directory,
    env: { PATH: process.env.PATH ?? '', ...env },
  });
  const code = await endOf(child, 15_000);
  await rm(directory, { recursive: true, force: true });
  return { code, output: child.output() };
}

function parseLines(text: string): Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    try {
      return [JSON.parse(line) as Record<string, unknown>];
    } catch {
      return [];
    }
  });
}
