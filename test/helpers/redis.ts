/** A Redis server of a suite's own: a process on a free loopback port, gone with the suite; it keeps nothing unless told to. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, endOf, freePort, start, tail } from './processes';
import { waitFor } from './wait';

/** Settings of redis-server beside its port and directory, by name; the words of a value are set apart by spaces. */
export type RedisSettings = Readonly<Record<string, string>>;

/** Every write is in the file before it is answered. */
export const LASTING: RedisSettings = { appendonly: 'yes', appendfsync: 'always' };

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** Where its data files are. */
  readonly directory: string;
  /** A connection for the test itself; closed with the server. */
  readonly client: Redis;
  /** One more connection, for a subscription say; closed with the server. */
  connect(): Redis;
  /** Ends the server by its pid. */
  stop(): Promise<void>;
  /** The server goes down at once, and every connection with it. */
  crash(): Promise<void>;
  /** Starts a server on the same port and files, after `crash`: an empty one unless it was told to keep its data. */
  restart(more?: RedisSettings): Promise<void>;
}

/** Starts a server and waits until it answers; another port is tried when one was taken in between. */
export async function startRedis(settings: RedisSettings = {}): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-redis-'));
  const first = await onFreePort(directory, settings);
  const { port } = first;
  let { server } = first;
  const url = `redis://127.0.0.1:${String(port)}/0`;
  const connections: Redis[] = [];
  const connect = (): Redis => {
    const connection = new Redis(url, {
      maxRetriesPerRequest: null,
      retryStrategy: () => 50,
      disconnectTimeout: 50,
    });
    connection.on('error', () => undefined);
    connections.push(connection);
    return connection;
  };
  const client = connect();
  return {
    url,
    port,
    directory,
    get pid() {
      return server.pid;
    },
    client,
    connect,
    async stop() {
      for (const connection of connections) connection.disconnect();
      server.signal('SIGTERM');
      await endOf(server, 5_000);
      await rm(directory, { recursive: true, force: true });
    },
    async crash() {
      server.signal('SIGKILL');
      await endOf(server, 5_000);
    },
    async restart(more = {}) {
      server = launch(port, directory, { ...settings, ...more });
      if (!(await answers(server, port)))
        throw new Error(`redis-server did not come back:\n${tail(server.output())}`);
    },
  };
}

async function onFreePort(
  directory: string,
  settings: RedisSettings,
): Promise<{ server: Child; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const server = launch(port, directory, settings);
    if (await answers(server, port)) return { server, port };
    if (attempt === 5) throw new Error(`redis-server did not start:\n${tail(server.output())}`);
  }
}

function launch(port: number, directory: string, more: RedisSettings): Child {
  const base = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory };
  const args = Object.entries({ ...base, ...more }).flatMap(([name, value]) => [
    `--${name}`,
    ...value.split(' '),
  ]);
  return start('redis-server', 'redis-server', args);
}

/** Whether this very server does: on a port that another one was faster to take, that one would answer. */
async function answers(server: Child, port: number): Promise<boolean> {
  const probe = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  probe.on('error', () => undefined);
  try {
    let answer = '';
    void probe.info('server').then(
      (text) => (answer = text),
      () => undefined,
    );
    const settled = (): boolean => answer !== '' || !server.isRunning();
    await waitFor('an answer of redis-server', settled, { withinMs: 10_000, everyMs: 10 });
    return answer.includes(`process_id:${String(server.pid)}\r\n`);
  } finally {
    probe.disconnect();
  }
}

/** Redis as it was before, with everything since forgotten. */
export async function rollBack(client: Redis, during: () => Promise<void>): Promise<void> {
  const keys = await client.keys('*');
  const dumps = await Promise.all(keys.map((key) => client.dumpBuffer(key)));
  await during();
  // In one step: whoever leads writes down its pulse again at any time.
  const back = client.multi().flushall();
  for (const [i, key] of keys.entries()) {
    const dump = dumps[i] ?? null;
    if (dump !== null) back.restore(key, 0, dump);
  }
  for (const [error] of (await back.exec()) ?? []) if (error !== null) throw error;
}
