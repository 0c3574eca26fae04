/** What each task script answers and writes: one test per outcome. */
import { formatTime } from '../../src/core/lifecycle/time';
import { KEY } from '../../src/redis/keys';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.redis.client.flushall());

describe('submit-run', () => {
  it('writes the whole graph, and only what waits for nothing can be placed', async () => {
    expect(await bench.submit({ a: [], b: ['a'], c: ['a', 'b'] })).toEqual(['submitted', expect.any(String)]);
    expect(await bench.ready()).toEqual(['a']);
    expect((await bench.redis.client.smembers(`${KEY.waitingOn}c`)).sort()).toEqual(['a', 'b']);
    expect(await bench.task('b')).toMatchObject({ status: 'PENDING', name: 'doc:b', run: 'run' });
  });

  it('answers the same when it is sent again', async () => {
    const first = await bench.submit({ a: [] });
    expect(await bench.submit({ a: [] })).toEqual(first);
    expect(await bench.redis.client.zcard(KEY.tasks)).toBe(1);
  });

  it('counts a dependency that is DONE as satisfied', async () => {
    await bench.submit({ a: [] });
    await bench.run('complete-task', {
      task_id: 'a',
      status: 'PENDING',
      attempt_id: '',
      worker_id: '',
      result_sha256: '',
      heard: '1',
    });
    await bench.submit({ b: ['a'] }, 'run-2');
    expect(await bench.ready()).toEqual(['b']);
  });

  it('refuses a dependency that has failed or is unknown, and writes nothing', async () => {
    await bench.submit({ a: [] });
    await abort('a', 'PENDING', '');
    expect(await bench.submit({ b: ['a'] }, 'run-2')).toEqual(['dependency_ended', 'a', 'FAILED']);
    expect(await bench.submit({ c: ['nobody'] }, 'run-3')).toEqual(['dependency_unknown', 'nobody']);
    expect(await bench.redis.client.zcard(KEY.tasks)).toBe(1);
  });
});

describe('dispatch-task', () => {
  beforeEach(async () => {
    await bench.submit({ a: [] });
    await bench.worker('w');
  });

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
    expect(await bench.dispatch('a', 'w', 'try-1')).toEqual(first);
    expect((await bench.task('a')).attempt).toBe('1');
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
    expect(await bench.dispatch('a', 'w', 'try-1', { topic: 'nobody-listens' })).toEqual(['no_receiver']);
    expect(await bench.task('a')).toMatchObject({ status: 'PENDING' });
    expect(await bench.lease('w')).toEqual({});
    expect(await bench.ready()).toEqual(['a']);
  });

  it('refuses a task that has changed', async () => {
    await abort('a', 'PENDING', '');
    expect(await bench.dispatch('a', 'w', 'try-1')).toEqual(['task_changed']);
    expect(await bench.dispatch('nobody', 'w', 'try-1')).toEqual(['task_changed']);
  });

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
  ])('refuses a worker when %s', async (_, why, prepare) => {
    await prepare();
    expect(await bench.dispatch('a', 'w', 'try-1')).toEqual([
      'worker_unavailable',
      expect.stringMatching(why),
    ]);
    expect(await bench.task('a')).toMatchObject({ status: 'PENDING' });
  });

  it('counts registering as a heartbeat', async () => {
    await bench.redis.client.del(`${KEY.worker}w${KEY.heartbeatSuffix}`);
    await bench.run('register-worker', { worker_id: 'w', started_at: 'then', pid: '1', announced: '1' });
    expect((await bench.dispatch('a', 'w', 'try-1'))[0]).toBe('dispatched');
  });

  it('takes a worker whose IDLE got lost as idle after the grace, but only if the end of that task was heard', async () => {
    await bench.worker('w', { status: 'RUNNING', extra_task_id: 'older' });
    await bench.redis.client.hset(`${KEY.lease}w`, { ended_task: 'older', ended_at: '1', ended_heard: '0' });
    expect((await bench.dispatch('a', 'w', 'try-1'))[0]).toBe('worker_unavailable');
    await bench.redis.client.hset(`${KEY.lease}w`, 'ended_heard', '1');
    expect((await bench.dispatch('a', 'w', 'try-1'))[0]).toBe('dispatched');
  });
});

describe('what ends an attempt', () => {
  beforeEach(async () => {
    await bench.submit({ a: [], b: ['a'] });
    await bench.worker('w');
    await bench.dispatch('a', 'w', 'try-1');
  });
  const was = (status: string): { task_id: string; status: string; attempt_id: string } => ({
    task_id: 'a',
    status,
    attempt_id: 'try-1',
  });

  it('start-task acknowledges, proves the worker, and loses a race as a conflict', async () => {
    expect(await bench.run('start-task', was('DISPATCHED'))).toEqual(['applied']);
    expect(await bench.task('a')).toMatchObject({ status: 'RUNNING' });
    expect(await bench.lease('w')).toMatchObject({ proven: '1' });
    expect(await bench.run('start-task', was('DISPATCHED'))).toEqual(['conflict']);
    expect(await bench.redis.client.zcard(KEY.unacknowledged)).toBe(0);
  });

  it('complete-task ends the lease and releases what waited, once', async () => {
    const done = { ...was('DISPATCHED'), worker_id: '', result_sha256: 'abc', heard: '1' };
    expect(await bench.run('complete-task', done)).toEqual(['applied']);
    expect(await bench.run('complete-task', done)).toEqual(['conflict']);
    expect(await bench.task('a')).toMatchObject({ status: 'DONE', result_sha256: 'abc', worker: 'w' });
    expect(await bench.ready()).toEqual(['b']);
    expect(await bench.lease('w')).toMatchObject({ ended_task: 'a', ended_heard: '1' });
    expect(await bench.lease('w')).not.toHaveProperty('task_id');
  });

  it('a transition of an older attempt is a conflict', async () => {
    expect(
      await bench.run('complete-task', {
        ...was('DISPATCHED'),
        attempt_id: 'try-0',
        worker_id: '',
        result_sha256: '',
        heard: '1',
      }),
    ).toEqual(['conflict']);
  });

  it('back-off-task waits for its time, and requeue-task refuses it before', async () => {
    await bench.run('back-off-task', { ...was('DISPATCHED'), delay_us: '60000000', error_text: 'boom' });
    expect(await bench.task('a')).toMatchObject({
      status: 'WAITING',
      retries: '1',
      error: 'boom',
      last_failed_worker: 'w',
    });
    const due = { ...was('WAITING'), cause: 'due', reason: '', rest_max_us: '0' };
    expect(await bench.run('requeue-task', due)).toEqual(['early']);
    await bench.redis.client.hset(`${KEY.task}a`, 'next_retry_at', '1');
    expect(await bench.run('requeue-task', due)).toEqual(['applied']);
    expect(await bench.ready()).toEqual(['a']);
  });

  it('an undelivered task costs nothing, and the unproven worker rests longer each time', async () => {
    const undelivered = { cause: 'undelivered', reason: 'silent', rest_max_us: '15000000' };
    await bench.run('requeue-task', { ...was('DISPATCHED'), ...undelivered });
    expect(await bench.task('a')).toMatchObject({ status: 'PENDING', attempt: '1', undelivered: '1' });
    expect(await bench.task('a')).not.toHaveProperty('retries');
    expect(await bench.lease('w')).toMatchObject({ rests: '1' });
    expect((await bench.dispatch('a', 'w', 'try-2', { expected_attempt_id: 'try-1' }))[0]).toBe(
      'worker_unavailable',
    );
  });

  it('a proven worker that does not answer is left alone until its next heartbeat', async () => {
    await bench.redis.client.hset(`${KEY.lease}w`, 'proven', '1');
    await bench.run('requeue-task', {
      ...was('DISPATCHED'),
      cause: 'undelivered',
      reason: 'silent',
      rest_max_us: '1',
    });
    expect(await bench.lease('w')).toMatchObject({ muted_heartbeat: 'beat-1' });
    await bench.redis.client.set(`${KEY.worker}w${KEY.heartbeatSuffix}`, 'beat-2', 'EX', 100);
    expect((await bench.dispatch('a', 'w', 'try-2', { expected_attempt_id: 'try-1' }))[0]).toBe('dispatched');
  });

  it('a lost task counts a loss and goes out again at once', async () => {
    await bench.run('requeue-task', {
      ...was('DISPATCHED'),
      cause: 'lost',
      reason: 'gone',
      rest_max_us: '1',
    });
    expect(await bench.task('a')).toMatchObject({ status: 'PENDING', losses: '1', reason: 'gone' });
    expect(await bench.ready()).toEqual(['a']);
  });

  it('complete-task without the word of the attempt leaves the worker unproven and as busy as it says', async () => {
    const done = { ...was('DISPATCHED'), worker_id: '', result_sha256: 'abc', heard: '0' };
    expect(await bench.run('complete-task', done)).toEqual(['applied']);
    expect(await bench.lease('w')).toMatchObject({ ended_task: 'a', ended_heard: '0' });
    expect(await bench.lease('w')).not.toHaveProperty('proven');
  });

  it('abort-task names the worker that reported the end', async () => {
    await abort('a', 'DISPATCHED', 'try-1');
    expect(await bench.task('a')).toMatchObject({ status: 'FAILED', last_failed_worker: 'w' });
  });

  it('abort-task fails everything downstream and names the culprit', async () => {
    await bench.submit({ c: ['b'], d: [] }, 'run-2');
    expect(await abort('a', 'DISPATCHED', 'try-1', 'out of memory')).toEqual(['applied', 3]);
    for (const id of ['b', 'c']) {
      expect(await bench.task(id)).toMatchObject({
        status: 'FAILED',
        reason: 'upstream task "doc:a" (a) failed: out of memory',
      });
    }
    expect(await bench.task('d')).toMatchObject({ status: 'PENDING' });
    expect(await bench.lease('w')).not.toHaveProperty('task_id');
    expect(await abort('a', 'DISPATCHED', 'try-1')).toEqual(['conflict']);
  });

  it('attach-result gives a task that is DONE by its event its first result, and no second', async () => {
    await bench.run('complete-task', { ...was('DISPATCHED'), worker_id: '', result_sha256: '', heard: '1' });
    const attach = { task_id: 'a', attempt_id: 'try-1', result_sha256: 'abc' };
    expect(await bench.run('attach-result', attach)).toEqual(['applied']);
    expect(await bench.run('attach-result', { ...attach, result_sha256: 'def' })).toEqual(['conflict']);
  });
});

describe('shards', () => {
  const shards = JSON.stringify(
    ['s0', 's1'].map((id, i) => ({
      id,
      fields: ['name', id, 'resources', '{}', 'shard_index', String(i)],
      document: '{}',
    })),
  );
  beforeEach(async () => {
    await bench.submit({ p: [], after: ['p'] });
    await bench.run('split-task', { task_id: 'p', expected_attempt_id: '', shards_json: shards });
  });
  const complete = (id: string): Promise<unknown> =>
    bench.run('complete-task', {
      task_id: id,
      status: 'PENDING',
      attempt_id: '',
      worker_id: '',
      result_sha256: '',
      heard: '1',
    });

  it("stand in their parent's place, and a second split does nothing", async () => {
    expect(await bench.task('p')).toMatchObject({ status: 'RUNNING', worker: 'MULTI' });
    expect(await bench.ready()).toEqual(['s0', 's1']);
    expect(
      await bench.run('split-task', { task_id: 'p', expected_attempt_id: '', shards_json: shards }),
    ).toEqual(['split']);
    expect(await bench.redis.client.llen(`${KEY.shards}p`)).toBe(2);
  });

  it('wake the aggregation with the last one, and the parent stays open until then', async () => {
    await complete('s0');
    expect(await bench.redis.client.smembers(KEY.aggregating)).toEqual([]);
    await complete('s1');
    expect(await bench.redis.client.smembers(KEY.aggregating)).toEqual(['p']);
    expect(await bench.task('p')).toMatchObject({ status: 'RUNNING' });
    expect(await bench.ready()).toEqual([]);
  });

  it('one that fails for good fails the parent, cancels the others and fails what waits for the parent', async () => {
    await abort('s1', 'PENDING', '', 'boom');
    expect(await bench.task('p')).toMatchObject({ status: 'FAILED', error: 'shard 1 (s1) failed: boom' });
    expect(await bench.task('s0')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.task('after')).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('"doc:p"') as string,
    });
  });

  it('leave nothing of an earlier attempt of the whole to speak for the parent', async () => {
    await bench.redis.client.flushall();
    await bench.submit({ p: [] });
    await bench.worker('w');
    await bench.dispatch('p', 'w', 'try-1');
    await bench.run('requeue-task', {
      task_id: 'p',
      status: 'DISPATCHED',
      attempt_id: 'try-1',
      cause: 'lost',
      reason: '',
      rest_max_us: '1',
    });
    await bench.run('split-task', { task_id: 'p', expected_attempt_id: 'try-1', shards_json: shards });
    expect(await bench.task('p')).not.toHaveProperty('attempt_id');
    expect(await bench.task('p')).not.toHaveProperty('dispatched_at');
  });

  it('are cancelled when their parent has its result from elsewhere, and nothing is left to aggregate', async () => {
    await complete('s0');
    await bench.run('complete-task', {
      task_id: 'p',
      status: 'RUNNING',
      attempt_id: '',
      worker_id: '',
      result_sha256: 'abc',
      heard: '0',
    });
    expect(await bench.task('s1')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.redis.client.smembers(KEY.aggregating)).toEqual([]);
    expect(await bench.ready()).toEqual(['after']);
  });

  it('are cancelled with their parent', async () => {
    await bench.run('abort-task', {
      task_id: 'p',
      status: 'RUNNING',
      attempt_id: '',
      outcome: 'CANCELLED',
      error_text: '',
      reason: 'asked to',
      heard: '0',
    });
    expect(await bench.task('s0')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.task('after')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.ready()).toEqual([]);
  });
});

function abort(id: string, status: string, attempt: string, error = 'broken'): Promise<unknown> {
  return bench.run('abort-task', {
    task_id: id,
    status,
    attempt_id: attempt,
    outcome: 'FAILED',
    error_text: error,
    reason: 'for good',
    heard: '1',
  });
}
