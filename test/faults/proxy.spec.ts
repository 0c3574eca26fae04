/** The proxy does to a connection what it says and nothing else, seen from both ends over a real Redis. */
import { Redis } from 'ioredis';
import { failOnLeftProcesses } from '../helpers/leaks';
import { startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { Proxy } from './lib/proxy';
import { FrameReader, messageOf } from './lib/resp';

describe('the proxy', () => {
  let redis: TestRedis;
  let proxy: Proxy;
  let client: Redis;
  let ears: Redis;
  let heard: string[];

  beforeAll(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => {
    proxy = await Proxy.start(redis.port);
    const through = (): Redis => {
      const connection = new Redis(proxy.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
      connection.on('error', () => undefined);
      return connection;
    };
    [client, ears] = [through(), through()];
    heard = [];
    ears.on('message', (_channel, text) => heard.push(text));
    await ears.subscribe('news');
    await redis.client.flushall();
  });
  afterEach(async () => {
    client.disconnect();
    ears.disconnect();
    await proxy.stop();
  });
  afterAll(async () => {
    await redis.stop();
    await failOnLeftProcesses();
  });

  const say = async (...numbers: number[]): Promise<void> => {
    for (const n of numbers) await redis.client.publish('news', JSON.stringify({ n }));
  };
  const numbers = (): number[] => heard.map((text) => (JSON.parse(text) as { n: number }).n);

  test('passes commands, replies and messages', async () => {
    await client.hset('h', { a: '1', b: 'ü\r\n' });
    expect(await client.hgetall('h')).toEqual({ a: '1', b: 'ü\r\n' });
    expect(await client.multi().incr('n').incr('n').exec()).toEqual([
      [null, 1],
      [null, 2],
    ]);
    await say(1, 2);
    await waitFor('both', () => heard.length === 2);
  });

  test('drops, doubles and holds the messages that a rule picks', async () => {
    proxy.rule({
      onMessage: (channel, { n }) => {
        if (channel !== 'news') return 'pass';
        return n === 1 ? 'drop' : n === 2 ? 3 : n === 3 ? 'hold' : 'pass';
      },
    });
    await say(1, 2, 3, 3, 4);
    await waitFor('what was not held', () => heard.length === 4);
    expect(numbers()).toEqual([2, 2, 2, 4]);
    proxy.release((held) => held.toReversed());
    await waitFor('what was held', () => heard.length === 6);
    expect(numbers().slice(4)).toEqual([3, 3]);
  });

  test('cuts the connection instead of delivering a reply, after the command was carried out', async () => {
    let calls = 0;
    proxy.rule({
      onReply: ([name = '']) => (name.toLowerCase() === 'incr' && ++calls === 1 ? 'cut' : 'pass'),
    });
    // Sent again by the client, which cannot know that it was done.
    expect(await client.incr('counter')).toBe(2);
  });

  test('is half-open: takes connections and commands, and answers nothing until it is healed', async () => {
    await client.ping();
    proxy.blackHole();
    let answered = false;
    const answer = client.set('late', '1').then(() => (answered = true));
    await say(1);
    await redis.client.ping();
    expect([answered, heard.length, await redis.client.exists('late')]).toEqual([false, 0, 0]);
    proxy.heal();
    await answer;
    expect(await redis.client.get('late')).toBe('1');
    await waitFor('the message', () => heard.length === 1);
  });

  test('refuses until it is healed', async () => {
    proxy.refuse();
    await waitFor('the end of the connections', () => client.status !== 'ready' && proxy.connections === 0);
    proxy.heal();
    expect(await client.ping()).toBe('PONG');
    // Not before the subscription is back: ioredis lets the failure of one that it renews go unhandled.
    await waitFor('a listener', async () => (await redis.client.pubsub('NUMSUB', 'news'))[1] === 1);
    await say(1);
    await waitFor('the message', () => heard.length === 1);
  });

  test('delays both ways without putting anything out of order', async () => {
    proxy.delay(60);
    const from = performance.now();
    await client.ping();
    expect(performance.now() - from).toBeGreaterThanOrEqual(115);
    await say(1, 2);
    proxy.heal();
    await say(3);
    await waitFor('all three', () => heard.length === 3);
    expect(numbers()).toEqual([1, 2, 3]);
  });
});

describe('the frame reader', () => {
  const FRAMES: [string, string, unknown][] = [
    ['a bulk string', '$5\r\nhello\r\n', 'hello'],
    ['a null', '$-1\r\n', null],
    ['a number', ':42\r\n', 42],
    ['an error', '-ERR no\r\n', 'ERR no'],
    ['an array within an array', '*2\r\n*1\r\n:1\r\n$1\r\na\r\n', [[1], 'a']],
    ['a map', '%1\r\n$1\r\na\r\n:1\r\n', ['a', 1]],
    ['a bulk string with line ends', '$4\r\n\r\n\r\n\r\n', '\r\n\r\n'],
  ];

  test.each(FRAMES)('reads %s, however it is cut', (_name, text, value) => {
    const bytes = Buffer.from(text + text);
    for (let cut = 0; cut <= bytes.length; cut += 1) {
      const reader = new FrameReader();
      const frames = [...reader.push(bytes.subarray(0, cut)), ...reader.push(bytes.subarray(cut))];
      expect(frames.map((frame) => frame.value)).toEqual([value, value]);
      expect(Buffer.concat(frames.map((frame) => frame.bytes))).toEqual(bytes);
    }
  });

  test('knows a message of either version of the protocol', () => {
    for (const type of ['*', '>']) {
      const frames = new FrameReader().push(
        Buffer.from(`${type}3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$2\r\nhi\r\n`),
      );
      expect(frames.map(messageOf)).toEqual([{ channel: 'c', text: 'hi' }]);
    }
  });
});
