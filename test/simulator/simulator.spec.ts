/** The simulator is what every flow test trusts, so it is held to the worker protocol itself, without a service. */
import { Fleet } from '../helpers/fleet';
import { failOnLeftProcesses } from '../helpers/leaks';
import { startRedis, type TestRedis } from '../helpers/redis';
import { waitFor } from '../helpers/wait';

describe('a simulated stock worker', () => {
  let redis: TestRedis;
  let fleet: Fleet;
  const heard: Record<string, unknown>[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    const ears = redis.connect();
    await ears.subscribe('tasks.events', 'workers.events');
    ears.on('message', (_channel, text) => heard.push(JSON.parse(text) as Record<string, unknown>));
  });
  afterEach(async () => {
    await fleet.stop();
    heard.length = 0;
  });
  afterAll(async () => {
    await redis.stop();
    await failOnLeftProcesses();
  });

  const said = () => heard.map((event) => event.type).filter((type) => type !== 'HEARTBEAT');
  const send = (spec: Record<string, unknown>, taskId = 't-1') =>
    redis.client.publish(
      'tasks',
      JSON.stringify({
        task_id: taskId,
        task: { spec },
        task_type: 'echo',
        assigned_worker: 'w',
        dispatched_at: 'ours',
      }),
    );

  test('registers, is idle and heartbeats before it listens', async () => {
    fleet = await Fleet.start({ redisUrl: redis.url, eager: true }, [{ id: 'w', setupDelayMs: 400 }]);
    await waitFor('a heartbeat', () => heard.some((event) => event.type === 'HEARTBEAT'));
    expect(said()).toEqual(['REGISTER', 'STATUS']);
    expect(await redis.client.hget('worker:w', 'status')).toBe('IDLE');
    expect(await redis.client.ttl('worker:w:hb')).toBeGreaterThan(100);
    expect(await send({})).toBe(0);
    await fleet.seen('listening');
    expect(await send({})).toBe(1);
    await fleet.seen('finished');
    expect(fleet.received()).toHaveLength(1);
  });

  test.each([
    ['older', ['STATUS', 'TASK_SUCCEEDED', 'STATUS'], undefined],
    ['newer', ['STATUS', 'TASK_STARTED', 'TASK_SUCCEEDED', 'STATUS'], 'ours'],
  ] as const)(
    'tells of a task in the order and the words of the %s variety',
    async (variety, order, echo) => {
      fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w', variety }]);
      await waitFor('its registration', () => said().length === 2);
      await send({ simulate: { gate: 'go' } });
      await fleet.seen('started');
      expect(await redis.client.hmget('worker:w', 'status', 'extra_task_id')).toEqual(['RUNNING', 't-1']);
      fleet.open('go');
      await waitFor('its end', () => said().length === 2 + order.length);
      expect(said().slice(2)).toEqual(order);
      expect(await redis.client.hmget('worker:w', 'status', 'extra_last_task')).toEqual(['IDLE', 't-1']);
      const end = heard.find((event) => event.type === 'TASK_SUCCEEDED');
      expect(end).toMatchObject({ worker_id: 'w', task_id: 't-1', result: {} });
      expect((end?.payload as { dispatched_at: string } | undefined)?.dispatched_at).toBe(echo);
    },
  );

  test('runs one task at a time, and hears the next meanwhile', async () => {
    fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w' }]);
    await send({ simulate: { gate: 'go' } }, 't-1');
    await send({}, 't-2');
    await waitFor('both messages', () => fleet.received().length === 2);
    await fleet.seen('started');
    expect(fleet.received().map((received) => received.busy)).toEqual([false, true]);
    expect(fleet.all('started')).toHaveLength(1);
    fleet.open('go');
    await fleet.seen('finished', { task_id: 't-2' });
  });

  test('leaves nothing behind when it stops cleanly, and everything when it crashes', async () => {
    fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w' }, { id: 'crashing' }]);
    await fleet.let('crashing', 'vanish');
    await fleet.stop();
    await waitFor('its last word', () => said().includes('UNREGISTER'));
    expect(await redis.client.smembers('workers:ids')).toEqual(['crashing']);
    expect(await redis.client.exists('worker:w', 'worker:w:hb')).toBe(0);
    expect(await redis.client.exists('worker:crashing', 'worker:crashing:hb')).toBe(2);
    await redis.client.flushall();
  });

  test('recreates a deleted hash with its heartbeat alone, and does not join again', async () => {
    fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w', heartbeatMs: 50 }]);
    await redis.client.multi().srem('workers:ids', 'w').del('worker:w').exec();
    const fields = await waitFor('the hash', async () => {
      const hash = await redis.client.hgetall('worker:w');
      return Object.keys(hash).length > 0 && Object.keys(hash);
    });
    expect(fields).toEqual(['last_seen']);
    expect(await redis.client.smembers('workers:ids')).toEqual([]);
  });

  test('goes deaf and dies when Redis drops its subscription', async () => {
    fleet = await Fleet.start({ redisUrl: redis.url }, [{ id: 'w' }]);
    await redis.client.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await fleet.seen('deaf', { worker: 'w' });
  });
});
