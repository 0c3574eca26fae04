/** What is kept of ended tasks and what is deleted, script by script. */
import { KEY } from '../../src/redis/keys';
import type { ScriptAnswers } from '../../src/redis/script-contracts';
import { startScriptBench, type ScriptBench } from './scripts';

let bench: ScriptBench;

beforeAll(async () => {
  bench = await startScriptBench();
});
afterAll(() => bench.stop());
beforeEach(() => bench.redis.client.flushall());

const begin = (id: string, settled = '0', epoch = ''): Promise<ScriptAnswers['begin-deletion']> =>
  bench.run('begin-deletion', { epoch, task_id: id, cause: 'ttl', settled });
const check = (id: string): Promise<ScriptAnswers['check-deletion']> =>
  bench.run('check-deletion', { task_id: id });
const forget = (id: string, epoch = ''): Promise<ScriptAnswers['forget-task']> =>
  bench.run('forget-task', { epoch, task_id: id });
const members = (key: string): Promise<string[]> => bench.redis.client.zrange(key, 0, '-1');
const WITH_RESULT = { result_sha256: 'abc', result_id: 'r-1' };

describe('the end of a task', () => {
  it('is noted where what is kept has a bound, for a task without success too, and else not', async () => {
    await bench.submit({ a: [], b: [], c: ['b'], d: [] });
    await bench.complete('a', { indexed: '1' });
    await bench.abort('b', { indexed: '1' });
    await bench.complete('d');
    expect((await members(KEY.ended)).sort()).toEqual(['a', 'b', 'c']);
    const { finished_at } = await bench.task('a');
    expect(await bench.redis.client.zscore(KEY.ended, 'a')).toBe(finished_at);
    expect(await members(KEY.expiring)).toEqual([]);
  });

  it('begins the time that a document gives, whatever the service is set to', async () => {
    await bench.submit({ a: [] });
    await bench.redis.client.hset(`${KEY.task}a`, 'ttl_sec', '43200');
    await bench.complete('a');
    const { finished_at } = await bench.task('a');
    const due = Number(await bench.redis.client.zscore(KEY.expiring, 'a'));
    expect(due - Number(finished_at)).toBe(43_200_000_000);
  });

  it('is found later, once for each task', async () => {
    await bench.submit({ a: [], b: [], open: [] });
    await bench.complete('a');
    await bench.complete('b');
    await begin('b');
    await bench.redis.client.del(KEY.deleted);
    const list = { task_ids_json: '["a","b","open","nobody"]' };
    expect(await bench.run('index-ended', list)).toEqual(['indexed']);
    const once = await bench.everything();
    expect([await members(KEY.ended), await members(KEY.deleted)]).toEqual([['a'], ['b']]);
    await bench.run('index-ended', list);
    expect(await bench.everything()).toEqual(once);
  });
});

describe('begin-deletion', () => {
  it('says so with the task, takes it out of every index, and sent again changes nothing', async () => {
    await bench.submit({ a: [] });
    await bench.redis.client.hset(`${KEY.task}a`, 'ttl_sec', '1');
    await bench.complete('a', { indexed: '1' });
    await bench.run('note-size', { task_id: 'a', bytes: '100' });
    await bench.announced();
    expect(await check('a')).toEqual(['free', '100']);
    expect(await begin('a')).toEqual(['begun', '100']);
    expect(await bench.announced()).toEqual(['TASK_RESULT_DELETED a']);
    expect(await bench.task('a')).toMatchObject({ status: 'DONE', deleted_because: 'ttl' });
    expect([await members(KEY.ended), await members(KEY.expiring)]).toEqual([[], []]);
    expect([await members(KEY.deleted), await members(KEY.deleting)]).toEqual([['a'], ['a']]);
    expect(await bench.redis.client.get(KEY.storedBytes)).toBe('0');
    const once = await bench.everything();
    const { deleted_at } = await bench.task('a');
    expect([await begin('a'), await check('a')]).toEqual([
      ['deleted', deleted_at],
      ['deleted', deleted_at],
    ]);
    expect(await bench.everything()).toEqual(once);
  });

  it('leaves alone what has not ended, what nobody knows, and everything where another replica leads', async () => {
    await bench.submit({ a: [], b: [] });
    await bench.complete('b');
    await bench.electLeader('of another');
    const before = await bench.everything();
    expect(await begin('a')).toEqual(['open', 'PENDING']);
    expect(await begin('nobody')).toEqual(['unknown']);
    expect(await begin('b', '0', 'mine')).toEqual(['not_leader']);
    expect([await check('a'), await check('nobody')]).toEqual([['open', 'PENDING'], ['unknown']]);
    expect(await bench.everything()).toEqual(before);
  });

  it('waits until what is on its way was put in its place, or was looked for', async () => {
    await bench.submit({ a: [] });
    await bench.complete('a', WITH_RESULT);
    expect(await begin('a')).toEqual(['unsettled']);
    expect(await begin('a', '1')).toEqual(['begun', '']);
    expect(await bench.redis.client.smembers(KEY.unsettled)).toEqual([]);
  });

  it('leaves alone what an open task depends on, of the same document or a later one', async () => {
    await bench.submit({ a: [], b: ['a'] });
    await bench.complete('a');
    expect(await begin('a')).toEqual(['needed', 'b', 'dependent']);
    await bench.submit({ later: ['a'] }, 'run-2');
    await bench.complete('b');
    expect(await begin('a')).toEqual(['needed', 'later', 'dependent']);
    await bench.abort('later');
    expect(await begin('a')).toEqual(['begun', '']);
    expect(await bench.submit({ c: ['a'] }, 'run-3')).toEqual(['dependency_deleted', 'a']);
    expect(await bench.task('c')).toEqual({});
  });

  it('leaves alone what may have been passed on to an open task, by way of tasks that are DONE', async () => {
    await bench.submit({ a: [], b: ['a'], c: ['b'], d: ['c'], other: ['a'], last: ['other'] });
    for (const id of ['a', 'b', 'other']) await bench.complete(id);
    expect(await begin('a')).toEqual(['needed', 'last', 'dependent']);
    await bench.complete('last');
    expect(await begin('a')).toEqual(['needed', 'c', 'dependent']);
    await bench.complete('c');
    expect([await begin('a'), await begin('other')]).toEqual([
      ['needed', 'd', 'dependent'],
      ['begun', ''],
    ]);
    await bench.abort('d');
    expect(await begin('a')).toEqual(['begun', '']);
  });

  it('finds the one open task among thousands that have ended', async () => {
    await bench.submit({ a: [], open: ['a'] });
    await bench.complete('a');
    const ended = Array.from({ length: 1_200 }, (_, n) => `gone-${String(n)}`);
    await bench.redis.client.rpush(`${KEY.dependents}a`, ...ended);
    expect(await begin('a')).toEqual(['needed', 'open', 'dependent']);
    await bench.complete('open');
    expect(await begin('a')).toEqual(['begun', '']);
  });

  it('leaves shards alone as long as their parent is open, needed, or still to be sent', async () => {
    await bench.submit({ p: [], after: ['p'] });
    const shards = JSON.stringify([{ id: 's0', fields: ['name', 's0', 'shard_index', '0'], document: '{}' }]);
    await bench.run('split-task', { epoch: '', task_id: 'p', expected_attempt_id: '', shards_json: shards });
    await bench.complete('s0');
    expect(await begin('s0')).toEqual(['needed', 'p', 'parent']);
    await bench.complete('p', { status: 'RUNNING', worker_id: 'MULTI', heard: '0' });
    expect([await begin('s0'), await begin('p')]).toEqual([
      ['needed', 'p', 'delivery'],
      ['needed', 'p', 'delivery'],
    ]);
    await bench.run('note-delivery', { task_id: 'p', note: '' });
    expect(await begin('s0')).toEqual(['needed', 'after', 'dependent']);
    await bench.complete('after');
    expect([await begin('s0'), await begin('p')]).toEqual([
      ['begun', ''],
      ['begun', ''],
    ]);
  });

  it('takes no late result any more', async () => {
    await bench.submit({ a: [] });
    await bench.complete('a');
    await begin('a');
    const late = { task_id: 'a', attempt_id: '', result_sha256: 'late', result_id: 'r-2' };
    expect(await bench.run('attach-result', late)).toEqual(['conflict']);
  });
});

describe('note-size', () => {
  it('counts each ended task once, and again when it has grown', async () => {
    await bench.submit({ a: [], b: [] });
    const note = (id: string, bytes: string): Promise<unknown> =>
      bench.run('note-size', { task_id: id, bytes });
    expect(await note('a', '5')).toEqual(['conflict']);
    await bench.complete('a');
    await bench.complete('b');
    expect(await note('a', '5')).toEqual(['applied', 5]);
    expect(await note('a', '5')).toEqual(['applied', 5]);
    expect(await note('b', '7')).toEqual(['applied', 12]);
    expect(await note('a', '3')).toEqual(['applied', 10]);
    await begin('b');
    expect(await note('b', '7')).toEqual(['conflict']);
    expect(await bench.redis.client.get(KEY.storedBytes)).toBe('3');
  });
});

describe('forget-task', () => {
  it('removes everything about a task whose files are gone, and its document with the last one', async () => {
    await bench.submit({ a: [], b: ['a'] });
    await bench.complete('a', { indexed: '1' });
    await bench.complete('b', { indexed: '1' });
    for (const id of ['a', 'b']) {
      expect(await forget(id)).toEqual(['not_deleted']);
      await begin(id);
      expect(await forget(id)).toEqual(['not_deleted']);
    }
    await bench.redis.client.del(KEY.deleting);
    expect(await forget('a', 'of nobody')).toEqual(['not_leader']);
    expect(await forget('a')).toEqual(['forgotten']);
    expect(await bench.redis.client.hget(`${KEY.run}run`, 'raw')).toBe('text');
    expect(await members(KEY.tasks)).toEqual(['b']);
    expect(await forget('b')).toEqual(['forgotten']);
    expect(await forget('b')).toEqual(['unknown']);
    expect(Object.keys(await bench.everything()).sort()).toEqual([KEY.sequence]);
  });
});
