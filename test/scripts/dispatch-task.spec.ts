/** What dispatch-task answers and writes: one test per outcome. */
import { formatTime } from '../../src/core/lifecycle/time';
import { KEY } from '../../src/redis/keys';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.redis.client.flushall();
  await bench.submit({ a: [] });
  await bench.worker('w');
});

describe('dispatch-task', () => {
  it('leases the worker, counts the attempt and publishes the time that it stores', async () => {
    const heard = new Promise<string>((resolve) => {
      const listener = bench.redis.connect();
      listener.on('message', (_, message: string) => {
        resolve(message);
      });
      void listener.subscribe('tasks').then(() => bench.dispatch('a', 'w', 'try-1'));
    });
    const message = JSON.parse(await heard) as { dispatched_at: string };
    const task = await bench.task('a');
    expect(task).toMatchObject({ status: 'DISPATCHED', attempt: '1', attempt_id: 'try-1', worker: 'w' });
    expect(message.dispatched_at).toBe(formatTime(Number(task.dispatched_at)));
    expect(await bench.lease('w')).toMatchObject({ task_id: 'a', attempt_id: 'try-1' });
    expect(await bench.ready()).toEqual([]);
  });

  it('answers the same when it is sent again, and publishes once', async () => {
    const first = await bench.dispatch('a', 'w', 'try-1');
    await bench.announced();
    expect(await bench.dispatch('a', 'w', 'try-1')).toEqual(first);
    expect(await bench.announced()).toEqual([]);
    expect((await bench.task('a')).attempt).toBe('1');
  });

  it('answers the same to a leader that was deposed before it heard the answer', async () => {
    await bench.electLeader('mine');
    const first = await bench.dispatch('a', 'w', 'try-1', { epoch: 'mine' });
    expect(first[0]).toBe('dispatched');
    await bench.electLeader('of another');
    expect(await bench.dispatch('a', 'w', 'try-1', { epoch: 'mine' })).toEqual(first);
  });

  it('drops what the hash says of earlier tasks', async () => {
    await bench.worker('w', { extra_last_task: 'older', extra_task_id: 'older' });
    await bench.dispatch('a', 'w', 'try-1');
    expect(await bench.redis.client.hmget(`${KEY.worker}w`, 'extra_last_task', 'extra_task_id')).toEqual([
      null,
      null,
    ]);
  });

  it('leaves everything as it was when nobody listens', async () => {
    const before = await bench.everything();
    expect(await bench.dispatch('a', 'w', 'try-1', { topic: 'nobody-listens', timeout_us: '1' })).toEqual([
      'no_receiver',
    ]);
    expect(await bench.everything()).toEqual(before);
  });

  it('refuses a task that has changed', async () => {
    expect(await bench.dispatch('a', 'w', 'try-1', { expected_attempt_id: 'another' })).toEqual([
      'task_changed',
    ]);
    await bench.abort('a');
    expect(await bench.dispatch('a', 'w', 'try-1')).toEqual(['task_changed']);
    expect(await bench.dispatch('nobody', 'w', 'try-1')).toEqual(['task_changed']);
  });

  it('keeps what the attempt is given, if it is given anything', async () => {
    await bench.submit({ b: [] }, 'run-2');
    await bench.worker('w-2');
    await bench.dispatch('a', 'w', 'try-1', { inputs: '[["up","t-1",null]]' });
    await bench.dispatch('b', 'w-2', 'try-2', { inputs: '' });
    expect((await bench.task('a')).inputs).toBe('[["up","t-1",null]]');
    expect(await bench.task('b')).not.toHaveProperty('inputs');
  });

  it('notes when the attempt runs out of time, if it may not take as long as it likes', async () => {
    await bench.submit({ b: [] }, 'run-2');
    await bench.worker('w-2');
    await bench.dispatch('a', 'w', 'try-1', { timeout_us: '5000000' });
    await bench.dispatch('b', 'w-2', 'try-2', { timeout_us: '' });
    const { dispatched_at } = await bench.task('a');
    expect(await bench.redis.client.zrange(KEY.deadlines, 0, '-1', 'WITHSCORES')).toEqual([
      'a',
      String(Number(dispatched_at) + 5_000_000),
    ]);
  });
});

describe('the worker that dispatch-task is given', () => {
  it.each<[sentence: string, why: RegExp, prepare: () => Promise<unknown>]>([
    [
      'it holds another task',
      /holds task b/,
      async () => {
        await bench.submit({ b: [] }, 'run-2');
        await bench.dispatch('b', 'w', 'other');
      },
    ],
    [
      'it is busy by its own hash',
      /is RUNNING/,
      () => bench.worker('w', { status: 'RUNNING', extra_task_id: 'x' }),
    ],
    ['it is not up yet', /is STARTING/, () => bench.worker('w', { status: 'STARTING' })],
    [
      'it is another process than the one that was picked',
      /restarted/,
      () => bench.worker('w', { started_at: 'later' }),
    ],
    [
      'its heartbeat is gone',
      /heartbeat is gone/,
      () => bench.redis.client.del(`${KEY.worker}w${KEY.heartbeatSuffix}`),
    ],
    [
      'it did not answer since its last heartbeat',
      /has not been heard since/,
      () => bench.redis.client.hset(`${KEY.lease}w`, 'muted_heartbeat', 'beat-1'),
    ],
    ['it rests', /rests/, () => bench.redis.client.hset(`${KEY.lease}w`, 'rest_until', '9000000000000000')],
  ])('is refused when %s', async (_, why, prepare) => {
    await prepare();
    const before = await bench.everything();
    expect(await bench.dispatch('a', 'w', 'try-1')).toEqual([
      'worker_unavailable',
      expect.stringMatching(why),
    ]);
    expect(await bench.everything()).toEqual(before);
  });

  it('counts registering as a heartbeat', async () => {
    await bench.redis.client.del(`${KEY.worker}w${KEY.heartbeatSuffix}`);
    await bench.run('register-worker', { worker_id: 'w', started_at: 'then', pid: '1', announced: '1' });
    expect((await bench.dispatch('a', 'w', 'try-1'))[0]).toBe('dispatched');
  });

  it('is taken as idle after the grace when its IDLE got lost, but only if the end of that task was heard', async () => {
    await bench.worker('w', { status: 'RUNNING', extra_task_id: 'older' });
    await bench.redis.client.hset(`${KEY.lease}w`, { ended_task: 'older', ended_at: '1', ended_heard: '0' });
    expect((await bench.dispatch('a', 'w', 'try-1'))[0]).toBe('worker_unavailable');
    await bench.redis.client.hset(`${KEY.lease}w`, 'ended_heard', '1');
    expect((await bench.dispatch('a', 'w', 'try-1'))[0]).toBe('dispatched');
  });
});
