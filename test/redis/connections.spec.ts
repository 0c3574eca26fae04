/** What becomes of the connections when Redis is away, silent, or not one to work with. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { isStoreUnavailable } from '../../src/core/errors';
import { Proxy } from '../faults/lib/proxy';
import { LASTING, type RedisSettings, startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type Bench, logLines, openConnections } from './bench';

jest.setTimeout(40_000);

const left: (() => unknown)[] = [];
let lines: string[];

beforeEach(() => {
  lines = logLines();
});
afterEach(async () => {
  for (const end of left.splice(0).reverse()) await end();
});

async function aRedis(settings: RedisSettings = LASTING): Promise<TestRedis> {
  const redis = await startRedis(settings);
  left.push(() => redis.stop());
  return redis;
}

async function open(url: string, env: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const bench = await openConnections(url, env);
  left.push(() => {
    bench.close();
  });
  return bench;
}

const isUp = ({ connections }: Bench) => waitFor('Redis to be up', () => connections.isUp());
const isDown = ({ connections }: Bench) => waitFor('Redis to be down', () => !connections.isUp());

/** So many more attempts to connect have failed. */
async function attempts(redis: Redis, count: number): Promise<void> {
  let failed = 0;
  redis.on('reconnecting', () => (failed += 1));
  await waitFor(`${String(count)} attempts`, () => failed >= count);
}

async function failure(of: Promise<unknown>): Promise<unknown> {
  return of.then(
    () => null,
    (error: unknown) => error,
  );
}

describe('a Redis that is away', () => {
  test('is waited for: commands fail at once, and one line says so, and one that it is back', async () => {
    const redis = await aRedis();
    await redis.crash();
    const bench = await open(redis.url);
    const { commands } = bench.connections;
    expect(isStoreUnavailable(await failure(commands.get('a')))).toBe(true);
    await attempts(commands, 4);
    expect(bench.changes).toEqual([]);
    expect(lines).toEqual([
      expect.stringMatching(/^Redis at 127\.0\.0\.1:\d+ cannot be used: .*ECONNREFUSED/),
    ]);

    await redis.restart();
    await isUp(bench);
    await waitFor('the second line', () => lines.length === 2);
    expect(lines[1]).toMatch(/^Redis at 127\.0\.0\.1:\d+ answers again/);
    expect([await commands.get('a'), bench.changes]).toEqual([null, ['up']]);
  });

  test('is found again each time', async () => {
    const redis = await aRedis();
    const bench = await open(redis.url);
    for (let time = 0; time < 2; time += 1) {
      await redis.crash();
      await isDown(bench);
      await redis.restart();
      await isUp(bench);
    }
    expect(bench.changes).toEqual(['up', 'down', 'up', 'down', 'up']);
    await waitFor('the last line', () => lines.length === 4);
  });

  test('answers what was under way when the connection broke, once it is there again', async () => {
    const redis = await aRedis();
    const proxy = await Proxy.start(redis.port);
    left.push(() => proxy.stop());
    const bench = await open(proxy.url);
    proxy.rule({ onReply: (command) => (command[0] === 'incr' ? 'cut' : 'pass') });
    const answer = bench.connections.commands.incr('n');
    await isDown(bench);
    proxy.rule();
    expect(await answer).toBe(2);
  });

  test('that asks for a password says so once, after the line that it is missing', async () => {
    const redis = await aRedis();
    const bench = await open(redis.url);
    await redis.client.config('SET', 'requirepass', 'secret');
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'normal');
    await waitFor('the refusal', () => lines.some((line) => line.includes('NOAUTH')));
    await attempts(bench.connections.commands, 2);
    expect(lines).toEqual([expect.stringContaining('closed'), expect.stringContaining('NOAUTH')]);
    await redis.client.config('SET', 'requirepass', '');
    await isUp(bench);
  });
});

describe('a connection on which nothing comes any more', () => {
  test('is given up and made anew, both of them', async () => {
    const redis = await aRedis();
    const proxy = await Proxy.start(redis.port);
    left.push(() => proxy.stop());
    const bench = await open(proxy.url);
    const { subscriber } = bench.connections;
    const closed = once(subscriber, 'close');
    proxy.blackHole();
    await isDown(bench);
    await closed;
    expect(lines).toEqual([expect.stringContaining('has not answered for 3 s')]);
    // New connections are as silent, and are given up too.
    await once(subscriber, 'close');
    proxy.heal();
    await isUp(bench);
    await waitFor('the subscriber', () => subscriber.status === 'ready');
    expect(bench.changes).toEqual(['up', 'down', 'up']);
  });

  test('to a server that stands still is made anew when it goes on', async () => {
    const redis = await aRedis();
    const bench = await open(redis.url);
    process.kill(redis.pid, 'SIGSTOP');
    try {
      const asked = failure(bench.connections.commands.get('a'));
      await isDown(bench);
      expect(isStoreUnavailable(await asked)).toBe(true);
      expect(isStoreUnavailable(await failure(bench.connections.commands.get('a')))).toBe(true);
    } finally {
      process.kill(redis.pid, 'SIGCONT');
    }
    await isUp(bench);
  });

  test('is not mistaken for one whose server only takes its time', async () => {
    const redis = await aRedis();
    const bench = await open(redis.url);
    process.kill(redis.pid, 'SIGSTOP');
    await sleep(1_500);
    process.kill(redis.pid, 'SIGCONT');
    await sleep(2_500);
    expect(bench.changes).toEqual(['up']);
  });
});

describe('a replica', () => {
  test('is no place to write: it is waited for until it is the master', async () => {
    const redis = await aRedis();
    await redis.client.replicaof('127.0.0.1', '1');
    const bench = await open(redis.url);
    await waitFor('a line', () => lines.length > 0);
    expect(lines).toEqual([expect.stringContaining('it is a replica')]);
    expect(bench.connections.isUp()).toBe(false);
    await redis.client.replicaof('NO', 'ONE');
    await isUp(bench);
  });

  test('that was the master before is left, and found again when it is one', async () => {
    const redis = await aRedis();
    const bench = await open(redis.url);
    await redis.client.replicaof('127.0.0.1', '1');
    const refused = await failure(bench.connections.commands.set('a', '1'));
    expect([isStoreUnavailable(refused), String(refused)]).toEqual([
      true,
      expect.stringContaining('READONLY'),
    ]);
    await isDown(bench);
    await redis.client.replicaof('NO', 'ONE');
    await isUp(bench);
    expect(await bench.connections.commands.set('a', '1')).toBe('OK');
  });
});

test('a cluster is refused', async () => {
  const redis = await aRedis({ ...LASTING, 'cluster-enabled': 'yes' });
  const bench = await open(redis.url);
  await waitFor('the refusal', () => bench.refusals.length > 0);
  expect([bench.refusals, bench.changes]).toEqual([[expect.stringContaining('Redis Cluster')], []]);
});

describe('a Redis that may lose data', () => {
  const FORGETFUL = 'Redis forgets everything when it restarts';
  const EVICTING = 'Redis drops keys when its memory is full (maxmemory-policy is allkeys-lru)';

  test.each<[what: string, config: 'allowed' | 'refused', settings: RedisSettings, said: string[]]>([
    ['with an append-only file', 'allowed', LASTING, []],
    ['with snapshots', 'allowed', { save: '3600 1' }, []],
    ['without either', 'allowed', {}, [FORGETFUL]],
    ['that evicts', 'allowed', { ...LASTING, 'maxmemory-policy': 'allkeys-lru' }, [EVICTING]],
    ['that does both', 'allowed', { 'maxmemory-policy': 'allkeys-lru' }, [EVICTING, FORGETFUL]],
    ['with an append-only file', 'refused', LASTING, []],
    ['that evicts', 'refused', { ...LASTING, 'maxmemory-policy': 'allkeys-lru' }, [EVICTING]],
    ['without either', 'refused', {}, ['Redis does not say whether it keeps its data']],
  ])('%s, with CONFIG %s: what is said', async (_what, config, settings, said) => {
    const redis = await aRedis(settings);
    if (config === 'refused') await redis.client.acl('SETUSER', 'default', '-config');
    await isUp(await open(redis.url));
    expect(lines).toEqual(said.map((sentence) => expect.stringContaining(sentence)));

    const strict = await open(redis.url, { REQUIRE_DURABLE_REDIS: 'true' });
    if (said.length === 0) await isUp(strict);
    else await waitFor('the refusal', () => strict.refusals.length > 0);
    for (const sentence of said) expect(strict.refusals).toEqual([expect.stringContaining(sentence)]);
  });

  test('says so once, however often it is reached', async () => {
    const redis = await aRedis({});
    const bench = await open(redis.url);
    await redis.crash();
    await isDown(bench);
    await redis.restart();
    await isUp(bench);
    expect(lines.filter((line) => line.includes(FORGETFUL))).toHaveLength(1);
  });
});
