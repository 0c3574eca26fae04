/** A Redis that sentinels watch over: the master is found through them, and the next one after it. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { endOf, freePort, start } from '../helpers/processes';
import { startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type Bench, logLines, openConnections } from './bench';

jest.setTimeout(40_000);

const left: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

interface Sentinel {
  port: number;
  /** The port of the server that it takes for the master. */
  master(): Promise<number>;
}

/** Starts a sentinel, with a password of its own, that watches over `mymaster`. */
async function startSentinel(masterPort: number, password: string): Promise<Sentinel> {
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-sentinel-'));
  const port = await freePort();
  const config = join(directory, 'sentinel.conf');
  await writeFile(
    config,
    [
      `port ${String(port)}`,
      'bind 127.0.0.1',
      `dir ${directory}`,
      `requirepass ${password}`,
      `sentinel monitor mymaster 127.0.0.1 ${String(masterPort)} 1`,
      'sentinel down-after-milliseconds mymaster 500',
      'sentinel failover-timeout mymaster 3000',
      '',
    ].join('\n'),
  );
  const child = start('sentinel', 'redis-server', [config, '--sentinel']);
  const client = new Redis({ port, password, retryStrategy: () => 50, maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  left.push(async () => {
    client.disconnect();
    child.signal('SIGKILL');
    await endOf(child, 5_000);
    await rm(directory, { recursive: true, force: true });
  });
  return {
    port,
    async master() {
      const [, seen] = (await client.call('SENTINEL', 'get-master-addr-by-name', 'mymaster')) as string[];
      return Number(seen);
    },
  };
}

async function aServer(): Promise<TestRedis> {
  const redis = await startRedis();
  left.push(() => redis.stop());
  return redis;
}

async function open(port: number, password: string): Promise<Bench> {
  const dead = await freePort();
  const bench = await openConnections(
    `redis+sentinel://127.0.0.1:${String(dead)},127.0.0.1:${String(port)}/mymaster/3`,
    { REDIS_SENTINEL_PASSWORD: password },
  );
  left.push(() => {
    bench.close();
  });
  return bench;
}

test('another master is found as soon as the sentinels have chosen it', async () => {
  logLines();
  const [first, second] = [await aServer(), await aServer()];
  await second.client.replicaof('127.0.0.1', String(first.port));
  const sentinel = await startSentinel(first.port, 'watchword');
  const bench = await open(sentinel.port, 'watchword');
  const { commands, subscriber } = bench.connections;
  await waitFor('the master', () => bench.connections.isUp());

  await commands.set('written', 'before');
  await waitFor('the replica to have it', async () => {
    await second.client.select(3);
    return (await second.client.get('written')) === 'before';
  });
  // The sentinel learns of replicas from the master, every now and then.
  await waitFor('the sentinel to know the replica', async () =>
    (await first.client.info('replication')).includes('state=online'),
  );
  const lost = once(subscriber, 'close');
  await first.crash();
  await lost;
  await waitFor('the failover', async () => (await sentinel.master()) === second.port, { withinMs: 30_000 });
  await waitFor('the next master', () => bench.connections.isUp() && subscriber.status === 'ready');
  expect(await commands.get('written')).toBe('before');
  expect(await commands.set('written', 'after')).toBe('OK');
  expect(bench.changes).toEqual(['up', 'down', 'up']);
});

test('sentinels that do not answer, or do not let us in, are asked again', async () => {
  const lines = logLines();
  const server = await aServer();
  const sentinel = await startSentinel(server.port, 'watchword');
  const bench = await open(sentinel.port, 'another');
  await waitFor('a line', () => lines.length > 0);
  expect(lines).toEqual([
    expect.stringMatching(/\(sentinels of mymaster\) cannot be used: .*REDIS_SENTINEL_PASSWORD/),
  ]);
  expect(bench.connections.isUp()).toBe(false);
});
