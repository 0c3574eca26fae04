/** What becomes of a task that is spread over shards, script by script. */
import { KEY } from '../../src/redis/keys';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());

const shards = JSON.stringify(
  ['s0', 's1'].map((id, i) => ({
    id,
    fields: ['name', id, 'resources', '{}', 'shard_index', String(i)],
    document: '{}',
  })),
);
const split = (epoch = '', expectedAttempt = ''): Promise<unknown> =>
  bench.run('split-task', {
    epoch,
    task_id: 'p',
    expected_attempt_id: expectedAttempt,
    shards_json: shards,
  });

beforeEach(async () => {
  await bench.redis.client.flushall();
  await bench.submit({ p: [], after: ['p'] });
});

describe('split-task', () => {
  it("puts the shards in their parent's place, and sent again changes nothing", async () => {
    expect(await split()).toEqual(['split']);
    expect(await bench.task('p')).toMatchObject({ status: 'RUNNING', worker: 'MULTI' });
    expect(await bench.ready()).toEqual(['s0', 's1']);
    const once = await bench.everything();
    expect(await split()).toEqual(['split']);
    expect(await bench.everything()).toEqual(once);
  });

  it('answers the same to a leader that was deposed before it heard the answer', async () => {
    await bench.electLeader('mine');
    expect(await split('mine')).toEqual(['split']);
    await bench.electLeader('of another');
    expect(await split('mine')).toEqual(['split']);
  });

  it('refuses a task that has changed', async () => {
    expect(await split('', 'another')).toEqual(['task_changed']);
    await bench.abort('p');
    expect(await split()).toEqual(['task_changed']);
    expect(await bench.redis.client.exists(`${KEY.task}s0`)).toBe(0);
  });

  it('leaves nothing of an earlier attempt of the whole to speak for the parent', async () => {
    await bench.worker('w');
    await bench.dispatch('p', 'w', 'try-1');
    await bench.run('requeue-task', {
      epoch: '',
      task_id: 'p',
      status: 'DISPATCHED',
      attempt_id: 'try-1',
      cause: 'lost',
      reason: '',
      rest_max_us: '1',
    });
    expect(await split('', 'try-1')).toEqual(['split']);
    expect(await bench.task('p')).not.toHaveProperty('attempt_id');
    expect(await bench.task('p')).not.toHaveProperty('dispatched_at');
  });
});

describe('shards', () => {
  beforeEach(() => split());

  it('wake the aggregation with the last one, once, and the parent stays open until then', async () => {
    await bench.complete('s0');
    expect(await bench.redis.client.smembers(KEY.aggregating)).toEqual([]);
    await bench.rings();
    await bench.complete('s1');
    await bench.complete('s1');
    expect((await bench.rings()).aggregate).toEqual(['p']);
    expect(await bench.redis.client.smembers(KEY.aggregating)).toEqual(['p']);
    expect(await bench.task('p')).toMatchObject({ status: 'RUNNING' });
    expect(await bench.ready()).toEqual([]);
  });

  it('put together complete their parent, which says so, and what waits for it goes on', async () => {
    await bench.complete('s0');
    await bench.complete('s1');
    await bench.announced();
    const aggregate = {
      status: 'RUNNING',
      worker_id: 'MULTI',
      result_sha256: 'abc',
      result_id: 'r-1',
      heard: '0',
    };
    expect(await bench.complete('p', aggregate)).toEqual(['applied', '0']);
    expect(await bench.announced()).toEqual(['TASK_AGGREGATED p', 'TASK_ENDED p']);
    expect(await bench.redis.client.exists(KEY.aggregating)).toBe(0);
    expect(await bench.redis.client.smembers(KEY.unsettled)).toEqual(['p']);
    expect(await bench.ready()).toEqual(['after']);
    expect(await bench.redis.client.smembers(KEY.delivering)).toEqual(['p']);
    expect(await bench.run('note-delivery', { task_id: 'p', note: 'refused there' })).toEqual(['applied']);
    expect(await bench.redis.client.exists(KEY.delivering)).toBe(0);
    expect(await bench.task('p')).toMatchObject({ note: 'refused there' });
  });

  it('of a task that Redis has forgotten leave no trace when their aggregate was sent', async () => {
    await bench.redis.client.flushall();
    await bench.run('note-delivery', { task_id: 'p', note: 'refused there' });
    expect(await bench.everything()).toEqual({});
  });

  it('that are cancelled or have failed leave nothing to put together', async () => {
    await bench.abort('p', { status: 'RUNNING', outcome: 'CANCELLED', heard: '0' });
    expect(await bench.redis.client.exists(`${KEY.openShards}p`, KEY.aggregating)).toBe(0);
  });

  it('that fail for good fail the parent, cancel the others and fail what waits for the parent', async () => {
    await bench.abort('s1', { error_text: 'boom' });
    expect(await bench.task('p')).toMatchObject({ status: 'FAILED', error: 'shard 1 (s1) failed: boom' });
    expect(await bench.task('s0')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.task('after')).toMatchObject({
      status: 'FAILED',
      reason: expect.stringContaining('"doc:p"') as string,
    });
  });

  it('are cancelled when their parent has its result from elsewhere, and nothing is left to aggregate', async () => {
    await bench.complete('s0');
    await bench.complete('p', { status: 'RUNNING', result_sha256: 'abc', result_id: 'r-1', heard: '0' });
    expect(await bench.task('s1')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.redis.client.smembers(KEY.aggregating)).toEqual([]);
    expect(await bench.ready()).toEqual(['after']);
  });

  it('are cancelled with their parent', async () => {
    await bench.abort('p', { status: 'RUNNING', outcome: 'CANCELLED', error_text: '', heard: '0' });
    expect(await bench.task('s0')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.task('after')).toMatchObject({ status: 'CANCELLED' });
    expect(await bench.ready()).toEqual([]);
  });
});
