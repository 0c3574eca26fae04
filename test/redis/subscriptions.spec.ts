/** Messages over a connection that comes and goes, and listeners that cannot keep up. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { EventSubscriptions } from '../../src/redis/event-subscriptions';
import { type RedisSettings, startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type Bench, logLines, openConnections } from './bench';

jest.setTimeout(40_000);

const CHANNEL = 'tasks.events';
let redis: TestRedis;
let bench: Bench;
let subscriptions: EventSubscriptions;
let seen: string[];
/** Listeners that have taken a message and are not done with it. */
let open: (() => void)[];
let isGateOpen: boolean;

async function begin(settings: RedisSettings = {}): Promise<void> {
  redis = await startRedis(settings);
  bench = await openConnections(redis.url);
  subscriptions = new EventSubscriptions(bench.connections);
  seen = [];
  open = [];
  isGateOpen = true;
  subscriptions.on('taskEvents', (message) => {
    seen.push(message);
    if (message === 'broken') throw new Error('a listener fails');
    if (message === 'broken later') return Promise.reject(new Error('a listener fails later'));
    return isGateOpen ? undefined : new Promise<void>((resolve) => open.push(resolve));
  });
}

beforeEach(() => {
  logLines();
});
afterEach(async () => {
  bench.close();
  await redis.stop();
});

const openGate = (): void => {
  isGateOpen = true;
  for (const resolve of open.splice(0)) resolve();
};
const heard = (message: string) => waitFor(`"${message}" to be heard`, () => seen.includes(message));
async function publish(count: number, text: string): Promise<void> {
  for (let done = 0; done < count; done += 1_000) {
    const pipeline = redis.client.pipeline();
    for (let index = 0; index < 1_000; index += 1) pipeline.publish(CHANNEL, text);
    await pipeline.exec();
  }
}

test('a subscription that is waited for before Redis is there is made when it comes', async () => {
  await begin();
  await redis.crash();
  await waitFor('Redis to be down', () => !bench.connections.isUp());
  let resubscribed = 0;
  subscriptions.onResubscribed(() => (resubscribed += 1));
  const started = subscriptions.start();
  expect(await Promise.race([started, sleep(300, 'waiting')])).toBe('waiting');
  expect(subscriptions.isSubscribed()).toBe(false);
  await redis.restart();
  await started;
  expect([subscriptions.isSubscribed(), resubscribed]).toEqual([true, 0]);
});

test('after each new connection the channels are heard again, and whoever asked is told', async () => {
  await begin();
  let resubscribed = 0;
  subscriptions.onResubscribed(() => (resubscribed += 1));
  await subscriptions.start();
  for (let time = 1; time <= 2; time += 1) {
    const closed = once(bench.connections.subscriber, 'close');
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await closed;
    expect(subscriptions.isSubscribed()).toBe(false);
    await subscriptions.start();
    await waitFor('word of it', () => resubscribed === time);
    await redis.client.publish(CHANNEL, `after ${String(time)}`);
    await heard(`after ${String(time)}`);
  }
});

test('a listener that fails, now or later, takes nothing from the next message', async () => {
  await begin();
  await subscriptions.start();
  for (const message of ['broken', 'broken later', 'whole']) await redis.client.publish(CHANNEL, message);
  await heard('whole');
});

test('listeners that fall behind are given no more than they can hold, and everything in the end', async () => {
  await begin();
  await subscriptions.start();
  isGateOpen = false;
  await publish(60_000, 'x'.repeat(100));
  await waitFor('the bound', () => open.length >= 20_000);
  // Longer than a silent connection would be put up with.
  await sleep(4_500);
  expect(open.length).toBeLessThan(25_000);
  expect(subscriptions.isSubscribed()).toBe(true);
  openGate();
  await waitFor('the rest', () => seen.length === 60_000);
});

test('the bound counts what messages weigh, too', async () => {
  await begin();
  await subscriptions.start();
  isGateOpen = false;
  for (let count = 0; count < 90; count += 1) await redis.client.publish(CHANNEL, 'x'.repeat(1024 * 1024));
  await waitFor('the bound', () => open.length >= 64);
  await sleep(300);
  expect(open.length).toBeLessThan(70);
  openGate();
  await waitFor('the rest', () => seen.length === 90);
});

test('Redis cuts off who falls too far behind; afterwards the channels are heard again', async () => {
  await begin({ 'client-output-buffer-limit': 'pubsub 2mb 2mb 1' });
  let resubscribed = 0;
  subscriptions.onResubscribed(() => (resubscribed += 1));
  await subscriptions.start();
  isGateOpen = false;
  await publish(100_000, 'x'.repeat(200));
  await waitFor('the cut', async () => !String(await redis.client.client('LIST')).includes('sub=1'));
  openGate();
  await waitFor('another subscription', () => resubscribed === 1);
  await redis.client.publish(CHANNEL, 'after the flood');
  await heard('after the flood');
});
