/** What the scripts answer and write that begin, end and follow up an attempt: one test per outcome. */
import type { ScriptAnswers, ScriptArguments } from '../../src/redis/script-contracts';
import { KEY } from '../../src/redis/keys';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(async () => {
  await bench.redis.client.flushall();
  await bench.submit({ a: [], b: ['a'] });
  await bench.worker('w');
  await bench.dispatch('a', 'w', 'try-1', { timeout_us: '5000000' });
});

const sent = { task_id: 'a', status: 'DISPATCHED', attempt_id: 'try-1' };

type Change<N extends 'back-off-task' | 'requeue-task' | 'attach-result'> = Partial<ScriptArguments<N>>;
const backOff = (change: Change<'back-off-task'> = {}): Promise<unknown> =>
  bench.run('back-off-task', {
    ...sent,
    epoch: '',
    delay_us: '60000000',
    error_text: 'boom',
    heard: '1',
    ...change,
  });
const requeue = (change: Change<'requeue-task'> = {}): Promise<unknown> =>
  bench.run('requeue-task', {
    ...sent,
    epoch: '',
    cause: 'lost',
    reason: 'gone',
    rest_max_us: '15000000',
    ...change,
  });

describe('start-task', () => {
  const begin = (heldUs = '0'): Promise<unknown> => bench.run('start-task', { ...sent, held_us: heldUs });

  it('acknowledges, proves the worker, and loses a race as a conflict', async () => {
    expect(await begin()).toEqual(['applied']);
    expect(await bench.task('a')).toMatchObject({ status: 'RUNNING' });
    expect(await bench.lease('w')).toMatchObject({ proven: '1' });
    expect(await begin()).toEqual(['conflict']);
    expect(await bench.redis.client.zcard(KEY.unacknowledged)).toBe(0);
  });

  it('dates it by when it was heard, and never ahead of the dispatch', async () => {
    const { dispatched_at: sentAt } = await bench.task('a');
    await begin('3600000000');
    expect((await bench.task('a')).started_at).toBe(sentAt);
  });

  it('leaves the deadline of the attempt as it is', async () => {
    await begin();
    expect(await bench.redis.client.zrange(KEY.deadlines, 0, '-1')).toEqual(['a']);
  });
});

describe('note-upload', () => {
  const note = (
    upload_id: string,
    change: Partial<ScriptArguments<'note-upload'>> = {},
  ): Promise<ScriptAnswers['note-upload']> =>
    bench.run('note-upload', {
      task_id: 'a',
      attempt_id: 'try-1',
      upload_id,
      lease_us: '3600000000',
      ...change,
    });

  it('lets the end of the task say that there are files, which are to be put in place then', async () => {
    expect(await note('u-1')).toEqual(['applied']);
    expect(await bench.complete('a', sent)).toEqual(['applied', '1']);
    expect(await bench.redis.client.smembers(KEY.unsettled)).toEqual(['a']);
  });

  it('is refused to another attempt, to a task that is not there, and to one that failed', async () => {
    for (const task_id of ['a', 'nobody']) {
      expect(await note('u-1', { task_id, attempt_id: 'other' })).toEqual(['conflict']);
    }
    await bench.abort('a', sent);
    for (const attempt_id of ['try-1', '']) expect(await note('u-1', { attempt_id })).toEqual(['conflict']);
    expect(await bench.redis.client.exists(KEY.unsettled, `${KEY.task}nobody`, `${KEY.arriving}a`)).toBe(0);
  });

  it('takes files of no attempt, of which nothing is to be put in place later', async () => {
    expect(await note('u-1', { attempt_id: '' })).toEqual(['applied']);
    expect(await bench.complete('a', sent)).toEqual(['applied', '0']);
  });

  it('lets those that come after the end wait for those that began before it', async () => {
    expect([await note('u-1'), await note('u-2', { attempt_id: '' })]).toEqual([['applied'], ['applied']]);
    await bench.complete('a', sent);
    expect([await note('u-3'), await note('u-1')]).toEqual([['busy'], ['applied']]);
    await bench.redis.client.zrem(`${KEY.arriving}a`, 'u-1');
    expect(await note('u-3')).toEqual(['busy']);
    await bench.redis.client.zrem(`${KEY.arriving}a`, 'u-2');
    expect(await note('u-3')).toEqual(['done']);
    expect(await bench.redis.client.exists(`${KEY.arriving}a`)).toBe(0);
  });

  it('lets nobody wait for one of which nothing is heard any more', async () => {
    await note('dead', { lease_us: '1000' });
    await note('alive');
    await bench.complete('a', sent);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await note('u-2')).toEqual(['busy']);
    expect(await bench.redis.client.pttl(`${KEY.arriving}a`)).toBeGreaterThan(3_000_000);
    await bench.redis.client.zrem(`${KEY.arriving}a`, 'alive');
    expect(await note('u-2')).toEqual(['done']);
  });
});

describe('complete-task', () => {
  const withResult = { ...sent, result_sha256: 'abc', result_id: 'r-1' };

  it('ends the lease and releases what waited, once', async () => {
    expect(await bench.complete('a', withResult)).toEqual(['applied', '0']);
    const done = await bench.everything();
    expect(await bench.complete('a', withResult)).toEqual(['conflict']);
    expect(await bench.everything()).toEqual(done);
    expect(await bench.task('a')).toMatchObject({ status: 'DONE', worker: 'w' });
    expect(await bench.ready()).toEqual(['b']);
    expect(await bench.lease('w')).toMatchObject({ ended_task: 'a', ended_heard: '1' });
    expect(await bench.lease('w')).not.toHaveProperty('task_id');
  });

  it('names the result that won, whose files are still to be put in place', async () => {
    await bench.complete('a', withResult);
    expect(await bench.task('a')).toMatchObject({ result_sha256: 'abc', result_id: 'r-1' });
    expect(await bench.redis.client.smembers(KEY.unsettled)).toEqual(['a']);
  });

  it('leaves nothing to be put in place without a result', async () => {
    await bench.complete('a', sent);
    expect(await bench.task('a')).not.toHaveProperty('result_id');
    expect(await bench.redis.client.exists(KEY.unsettled)).toBe(0);
  });

  it('loses to a newer attempt as a conflict', async () => {
    expect(await bench.complete('a', { ...withResult, attempt_id: 'try-0' })).toEqual(['conflict']);
  });

  it('without the word of the attempt leaves the worker unproven and as busy as it says', async () => {
    expect(await bench.complete('a', { ...withResult, heard: '0' })).toEqual(['applied', '0']);
    expect(await bench.lease('w')).toMatchObject({ ended_task: 'a', ended_heard: '0' });
    expect(await bench.lease('w')).not.toHaveProperty('proven');
  });
});

describe('attach-result', () => {
  const attach = (change: Change<'attach-result'> = {}): Promise<unknown> =>
    bench.run('attach-result', {
      task_id: 'a',
      attempt_id: 'try-1',
      result_sha256: 'abc',
      result_id: 'r-1',
      ...change,
    });

  it('gives a task that is DONE by its event its first result, and no second', async () => {
    await bench.complete('a', sent);
    expect(await attach({ attempt_id: 'try-0' })).toEqual(['conflict']);
    expect(await attach()).toEqual(['applied']);
    expect(await attach({ result_sha256: 'def', result_id: 'r-2' })).toEqual(['conflict']);
    expect(await bench.task('a')).toMatchObject({ result_sha256: 'abc', result_id: 'r-1' });
    expect(await bench.redis.client.smembers(KEY.unsettled)).toEqual(['a']);
  });

  it('is a conflict while the task is not DONE', async () => {
    expect(await attach()).toEqual(['conflict']);
    expect(await bench.redis.client.exists(KEY.unsettled)).toBe(0);
  });
});

describe('back-off-task', () => {
  it('waits for its time, and requeue-task refuses it before', async () => {
    expect(await backOff()).toEqual(['applied']);
    expect(await bench.task('a')).toMatchObject({
      status: 'WAITING',
      retries: '1',
      error: 'boom',
      last_failed_worker: 'w',
    });
    expect(await requeue({ status: 'WAITING', cause: 'due' })).toEqual(['early']);
    await bench.redis.client.hset(`${KEY.task}a`, 'next_retry_at', '1');
    expect(await requeue({ status: 'WAITING', cause: 'due' })).toEqual(['applied']);
    expect(await bench.ready()).toEqual(['a']);
    expect(await bench.redis.client.exists(KEY.retries)).toBe(0);
  });

  it('by the word of the worker proves it and ends its lease', async () => {
    await backOff({ heard: '1' });
    expect(await bench.lease('w')).toMatchObject({ proven: '1', ended_task: 'a', ended_heard: '1' });
  });

  it('since its time is over leaves the worker unproven and as busy as it says', async () => {
    await bench.redis.client.hset(`${KEY.worker}w`, { status: 'RUNNING', extra_task_id: 'a' });
    await backOff({ heard: '0', delay_us: '0' });
    expect(await bench.lease('w')).toMatchObject({ ended_task: 'a', ended_heard: '0' });
    expect(await bench.lease('w')).not.toHaveProperty('proven');
    await requeue({ status: 'WAITING', cause: 'due' });
    const again = { expected_attempt_id: 'try-1', idle_grace_us: '-1' };
    expect(await bench.dispatch('a', 'w', 'try-2', again)).toEqual(['worker_unavailable', 'it is RUNNING']);
  });

  it('sent again changes nothing', async () => {
    await backOff();
    const once = await bench.everything();
    expect(await backOff()).toEqual(['conflict']);
    expect(await bench.everything()).toEqual(once);
  });
});

describe('requeue-task', () => {
  it('costs nothing when the task was not delivered, and the unproven worker rests longer each time', async () => {
    await requeue({ cause: 'undelivered' });
    expect(await bench.task('a')).toMatchObject({ status: 'PENDING', attempt: '1', undelivered: '1' });
    expect(await bench.task('a')).not.toHaveProperty('retries');
    expect(await bench.lease('w')).toMatchObject({ rests: '1' });
    expect((await bench.dispatch('a', 'w', 'try-2', { expected_attempt_id: 'try-1' }))[0]).toBe(
      'worker_unavailable',
    );
    await bench.redis.client.hset(`${KEY.lease}w`, 'rest_until', '1');
    await bench.dispatch('a', 'w', 'try-2', { expected_attempt_id: 'try-1' });
    await bench.rings();
    await requeue({ cause: 'undelivered', attempt_id: 'try-2' });
    expect((await bench.rings()).resting).toEqual([['w', 2_000_000]]);
    expect(await bench.lease('w')).toMatchObject({ rests: '2' });
  });

  it('leaves a proven worker that did not answer alone until its next heartbeat', async () => {
    await bench.redis.client.hset(`${KEY.lease}w`, 'proven', '1');
    await requeue({ cause: 'undelivered' });
    expect(await bench.lease('w')).toMatchObject({ muted_heartbeat: 'beat-1' });
    await bench.redis.client.set(`${KEY.worker}w${KEY.heartbeatSuffix}`, 'beat-2', 'EX', 100);
    expect((await bench.dispatch('a', 'w', 'try-2', { expected_attempt_id: 'try-1' }))[0]).toBe('dispatched');
  });

  it('counts a loss of a lost task, which goes out again at once', async () => {
    await requeue({ cause: 'lost', reason: 'gone' });
    expect(await bench.task('a')).toMatchObject({ status: 'PENDING', losses: '1', reason: 'gone' });
    expect(await bench.ready()).toEqual(['a']);
  });

  it('sent again changes nothing', async () => {
    await requeue();
    const once = await bench.everything();
    expect(await requeue()).toEqual(['conflict']);
    expect(await bench.everything()).toEqual(once);
  });
});

describe('abort-task', () => {
  it('names the worker that reported the end', async () => {
    await bench.abort('a', sent);
    expect(await bench.task('a')).toMatchObject({ status: 'FAILED', last_failed_worker: 'w' });
  });

  it('fails everything downstream and names the culprit', async () => {
    await bench.submit({ c: ['b'], d: [] }, 'run-2');
    expect(await bench.abort('a', { ...sent, error_text: 'out of memory' })).toEqual(['applied', 3]);
    for (const id of ['b', 'c']) {
      expect(await bench.task(id)).toMatchObject({
        status: 'FAILED',
        reason: 'upstream task "doc:a" (a) failed: out of memory',
      });
    }
    expect(await bench.task('d')).toMatchObject({ status: 'PENDING' });
    expect(await bench.lease('w')).not.toHaveProperty('task_id');
    expect(await bench.abort('a', sent)).toEqual(['conflict']);
  });
});

describe('the end of an attempt, whichever it is', () => {
  it.each<[sentence: string, end: () => Promise<unknown>]>([
    ['success', () => bench.complete('a', sent)],
    ['a failure that is tried again', () => backOff()],
    ['its time being over', () => backOff({ heard: '0' })],
    ['a message that nobody took', () => requeue({ cause: 'undelivered' })],
    ['the loss of its worker', () => requeue({ cause: 'lost' })],
    ['a failure for good', () => bench.abort('a', sent)],
    ['a cancellation', () => bench.abort('a', { ...sent, outcome: 'CANCELLED', heard: '0' })],
  ])('%s takes it from the deadlines, and frees the worker once', async (_, end) => {
    await bench.rings();
    expect(await end()).toContain('applied');
    const { client } = bench.redis;
    expect(await client.exists(KEY.unacknowledged, KEY.deadlines)).toBe(0);
    const { freed = [], changed = [] } = await bench.rings();
    expect([...freed, ...changed].map((item) => (Array.isArray(item) ? item[0] : item))).toEqual(['w']);
    expect(await bench.lease('w')).not.toHaveProperty('attempt_id');
  });
});

describe('explain-task', () => {
  it('notes how a task is treated, and knows no task that is not there', async () => {
    expect(await bench.run('explain-task', { task_id: 'a', note: 'runs whole' })).toEqual(['applied']);
    expect(await bench.task('a')).toMatchObject({ note: 'runs whole' });
    expect(await bench.run('explain-task', { task_id: 'nobody', note: 'x' })).toEqual(['unknown']);
    expect(await bench.task('nobody')).toEqual({});
  });
});
