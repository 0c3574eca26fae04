/** A Redis server of a suite's own: a process on a free loopback port, without persistence, gone with the suite. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type Child, endOf, freePort, start, tail } from './processes';
import { waitFor } from './wait';

export interface TestRedis {
  readonly url: string;
  readonly port: number;
  /** A connection for the test itself; closed with the server. */
  readonly client: Redis;
  /** One more connection, for a subscription say; closed with the server. */
  connect(): Redis;
  /** Ends the server by its pid. */
  stop(): Promise<void>;
  /** The server goes down at once, and every connection with it. */
  crash(): Promise<void>;
  /** Starts an empty server on the same port, after `crash`. */
  restart(): Promise<void>;
}

/** Starts a server and waits until it answers; another port is tried when one was taken in between. */
export async function startRedis(): Promise<TestRedis> {
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-redis-'));
  const first = await onFreePort(directory);
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
    async restart() {
      server = launch(port, directory);
      if (!(await answers(server, port)))
        throw new Error(`redis-server did not come back:\n${tail(server.output())}`);
    },
  };
}

async function onFreePort(directory: string): Promise<{ server: Child; port: number }> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const server = launch(port, directory);
    if (await answers(server, port)) return { server, port };
    if (attempt === 5) throw new Error(`redis-server did not start:\n${tail(server.output())}`);
  }
}

function launch(port: number, directory: string): Child {
  const settings = { port: String(port), bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  return start('redis-server', 'redis-server', args);
}

async function answers(server: Child, port: number): Promise<boolean> {
  const probe = new Redis(port, '127.0.0.1', {
    lazyConnect: true,
    retryStrategy: () => 20,
    maxRetriesPerRequest: null,
  });
  probe.on('error', () => undefined);
  try {
    const seen = { pong: false };
    void probe.ping().then(
      () => (seen.pong = true),
      () => undefined,
    );
    const settled = (): boolean => seen.pong || !server.isRunning();
    await waitFor('an answer of redis-server', settled, { withinMs: 10_000, everyMs: 10 });
    return seen.pong && server.isRunning();
  } finally {
    probe.disconnect();
  }
}
