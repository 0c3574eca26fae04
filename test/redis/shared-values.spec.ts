/** What replicas share through Redis, and have while it is away: the time, and the secret of file URLs. */
import { loadConfig } from '../../src/config/load-config';
import { KEY } from '../../src/redis/keys';
import { RedisClock } from '../../src/redis/redis-clock';
import { SigningSecret } from '../../src/redis/signing-secret';
import { startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type Bench, logLines, openConnections } from './bench';

let redis: TestRedis;
const benches: Bench[] = [];

beforeEach(async () => {
  logLines();
  redis = await startRedis();
});
afterEach(async () => {
  for (const bench of benches.splice(0)) bench.close();
  await redis.stop();
});

async function open(): Promise<Bench> {
  const bench = await openConnections(redis.url);
  benches.push(bench);
  return bench;
}

async function aSecret(bench: Bench): Promise<SigningSecret> {
  const secret = new SigningSecret(loadConfig({ REDIS_URL: redis.url }), bench.connections);
  secret.onModuleInit();
  await secret.onApplicationBootstrap();
  return secret;
}

const reachAgain = async (bench: Bench): Promise<void> => {
  await waitFor('Redis to be down', () => !bench.connections.isUp());
  await redis.restart();
  await waitFor('Redis to be up', () => bench.connections.isUp());
};

describe('the secret', () => {
  test('is one for all replicas', async () => {
    const [one, other] = await Promise.all([aSecret(await open()), aSecret(await open())]);
    expect(one.value()).toMatch(/^[\w-]{43}$/);
    expect(other.value()).toBe(one.value());
  });

  test('outlives a Redis that forgets it', async () => {
    const bench = await open();
    const secret = await aSecret(bench);
    const was = secret.value();
    await redis.crash();
    await reachAgain(bench);
    await waitFor('the secret to be back', async () => (await redis.client.get(KEY.signingSecret)) === was);
    expect(secret.value()).toBe(was);
  });

  test('is had as soon as Redis is reached, and until then what needs it is 503', async () => {
    await redis.crash();
    const bench = await open();
    const secret = await aSecret(bench);
    expect(() => secret.value()).toThrow(
      expect.objectContaining({ slug: 'unavailable', headers: { 'Retry-After': '1' } }),
    );
    await reachAgain(bench);
    await waitFor('the secret', () => {
      try {
        return secret.value();
      } catch {
        return null;
      }
    });
  });
});

describe('the clock', () => {
  test('guesses by its own machine until it knows better', async () => {
    await redis.crash();
    const clock = new RedisClock((await open()).connections);
    expect(Math.abs(clock.guessUs() / 1_000 - Date.now())).toBeLessThan(1_000);
  });

  test('guesses by Redis once it was asked', async () => {
    const { connections } = await open();
    const clock = new RedisClock(connections);
    jest.spyOn(connections.commands, 'time').mockResolvedValue([2_000_000_000, 5] as never);
    expect(await clock.nowUs()).toBe(2_000_000_000_000_005);
    const guessed = clock.guessUs() - 2_000_000_000_000_005;
    expect(guessed).toBeGreaterThanOrEqual(0);
    expect(guessed).toBeLessThan(1_000_000);
  });
});
