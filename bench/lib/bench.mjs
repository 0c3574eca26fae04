/**
 * What a round of a measure works with: private Redis servers, the service, peers and simulated workers, each a
 * process of its own on a free loopback port. All of it ends with the round, also when the round throws.
 */
import { once } from 'node:events';
import { existsSync, rmSync } from 'node:fs';
import { lstat, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { end, hasEnded, start, Steered } from './child.mjs';
import { until } from './until.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here('../../dist/main.js');

/** A file system in memory, where there is one: a file takes a few microseconds there, whatever disk the machine has. */
const MEMORY = '/dev/shm';

/** Files from this size on do not stay until the process ends. */
const LARGE_BYTES = 16 * 1024 * 1024;

/**
 * They go when the process does. A file system like ext4 passes over what was freed in the last minute whenever it makes
 * a file, one by one: thousands of files removed by one round would be paid for in the next.
 * @type {Set<string>}
 */
const directories = new Set();
process.on('exit', () => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
});

export class Bench {
  /** @type {(() => Promise<unknown>)[]} */
  #endings = [];
  #isEnding = false;

  /** Runs with a bench that is gone afterwards. */
  static async run(use, { inMemory = false } = {}) {
    if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build` first');
    const base = inMemory && existsSync(MEMORY) ? MEMORY : tmpdir();
    const bench = new Bench(await mkdtemp(join(base, 'orchestrator-bench-')));
    try {
      return await use(bench);
    } finally {
      await bench.end();
    }
  }

  constructor(directory) {
    directories.add(directory);
    this.directory = directory;
    /** Shared storage: results of the service and of the workers, unless they are given others. */
    this.resultsDir = join(directory, 'results');
  }

  /** The same, with a bench of its own that ends before the next thing begins: one side of a comparison. */
  apart(use, options) {
    return Bench.run((own) => {
      this.whenOver(() => own.end());
      return use(own);
    }, options);
  }

  /** A private server without persistence, with the same settings for everybody. */
  async redis() {
    const port = await anotherPort();
    const settings = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: this.directory };
    const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const server = this.#keep(start('redis-server', args, { stdio: 'ignore' }));
    if (server.pid === undefined) throw new Error('redis-server is missing');
    const url = `redis://127.0.0.1:${port}/0`;
    const client = new Redis(url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => undefined);
    this.#endings.push(async () => client.disconnect());
    await client.ping();
    return { url, port, client };
  }

  /** The built service, ready; with default settings but for its log, which says errors only. */
  service(redis, env = {}) {
    const settings = { REDIS_URL: redis.url, LOG_LEVEL: 'ERROR', ORCHESTRATOR_RESULTS_DIR: this.resultsDir };
    return this.server(MAIN, { env: { ...settings, ...env }, path: '/readyz', status: 200 });
  }

  /**
   * A program that serves HTTP where HOST and PORT say, once it answers a GET of `path` with this status. `tookMs`: so
   * long after the start of its process.
   */
  async server(program, { env = {}, path, status }) {
    const port = await anotherPort();
    const url = `http://127.0.0.1:${port}`;
    const begun = performance.now();
    const child = this.#keep(
      start(process.execPath, [program], {
        cwd: this.directory,
        stdio: ['pipe', 'ignore', 'inherit'],
        env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(port), ...env },
      }),
    );
    await until(`${program} to answer ${path}`, () =>
      fetch(`${url}${path}`).then(
        (answer) => answer.status === status,
        () => hasEnded(child) && Promise.reject(new Error(`${program} ended at its start`)),
      ),
    );
    const tookMs = performance.now() - begun;
    return { url, pid: child.pid, tookMs, stop: (signal) => end(child, signal) };
  }

  /** A program of bench/peers; `args` reach it as one JSON argument. What it says of itself comes back with it. */
  async peer(name, args = {}, options = {}) {
    return this.#steered(name, here(`../peers/${name}.mjs`), args, options);
  }

  /**
   * Simulated instant workers, registered and listening.
   * @param {{ url: string }} redis
   * @param {{ count: number, cores?: number, prefix?: string, resultsDir?: string | null }} options
   */
  async fleet(redis, { count, ...options }) {
    const settings = { redisUrl: redis.url, resultsDir: this.resultsDir, ...options };
    const program = await this.#steered('fleet', here('../fleet/main.mjs'), settings, {});
    const fleet = {
      /** More workers, of other hardware if it says so. */
      add: (more, hardware = {}) => program.ask({ do: 'add', count: more, ...hardware }),
      /** All workers unregister; their counts stay. */
      leave: () => program.ask({ do: 'leave' }),
      /** Resolves once its workers have ended so many tasks in all. */
      ran: (tasks) => program.ask({ do: 'ran', tasks }),
      /** Milliseconds of each, as `client.mjs` beside the workers times them. */
      time: async (what, amounts) => (await program.ask({ do: 'time', what, ...amounts })).times,
      /** `{ workers, messages, tasks, duplicates, overlaps, failures }`. */
      counts: () => program.ask({ do: 'counts' }),
    };
    if (count > 0) await fleet.add(count);
    return fleet;
  }

  /** For what a measure starts itself. */
  whenOver(ending) {
    this.#endings.push(ending);
  }

  async end() {
    if (this.#isEnding) return;
    this.#isEnding = true;
    for (const ending of this.#endings.reverse()) await ending();
    await removeLargeFiles(this.directory);
  }

  #keep(child) {
    this.#endings.push(() => end(child));
    return child;
  }

  async #steered(name, path, args, options) {
    const { steered, ready } = await Steered.start(name, path, args, { cwd: this.directory, ...options });
    this.#endings.push(() => steered.end());
    return { ...ready, ask: (command) => steered.ask(command) };
  }
}

/** The few that could fill the disk before all rounds are over. */
async function removeLargeFiles(directory) {
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    const stats = await lstat(path);
    if (stats.isFile() && stats.size >= LARGE_BYTES) await rm(path);
  }
}

async function anotherPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}
