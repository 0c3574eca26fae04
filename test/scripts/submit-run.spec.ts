/** What submit-run answers and writes, and what a scheduler then reads: one test per outcome. */
import { OWN_EVENT } from '../../src/core/wire/read';
import { CHANNEL, KEY } from '../../src/redis/keys';
import { PublishedMessages } from './published';
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

  it('says what it wrote in events that are known as our own by how they begin', async () => {
    const published = await PublishedMessages.on(bench.redis, [CHANNEL.taskEvents]);
    await bench.submit({ a: [] });
    const [event] = await published.take();
    expect(event?.message.startsWith(OWN_EVENT)).toBe(true);
    expect(JSON.parse(event?.message ?? '')).toEqual({
      source: 'orchestrator',
      type: 'TASK_SUBMITTED',
      task_id: 'a',
      ts: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('answers the same when it is sent again', async () => {
    const first = await bench.submit({ a: [] });
    expect(await bench.submit({ a: [] })).toEqual(first);
    expect(await bench.redis.client.zcard(KEY.tasks)).toBe(1);
  });

  it('counts a dependency that is DONE as satisfied', async () => {
    await bench.submit({ a: [] });
    await bench.complete('a');
    await bench.submit({ b: ['a'] }, 'run-2');
    expect(await bench.ready()).toEqual(['b']);
  });

  it('refuses a dependency that has failed or is unknown, and writes nothing', async () => {
    await bench.submit({ a: [] });
    await bench.abort('a');
    expect(await bench.submit({ b: ['a'] }, 'run-2')).toEqual(['dependency_ended', 'a', 'FAILED']);
    expect(await bench.submit({ c: ['nobody'] }, 'run-3')).toEqual(['dependency_unknown', 'nobody']);
    expect(await bench.redis.client.zcard(KEY.tasks)).toBe(1);
  });
});

describe('list-ready', () => {
  it('says what the queues need to know of placeable tasks, and leaves the others out', async () => {
    await bench.submit({ a: [], b: ['a'] });
    const [answer, list] = await bench.run('list-ready', { task_ids_json: '["a","b","nobody"]' });
    expect(answer).toBe('listed');
    const { score, resources } = await bench.task('a');
    expect(list).toEqual([['a', score, resources, '', '', '']]);
  });
});

describe('list-attempts', () => {
  it('says where tasks stand that a worker has, and leaves the others out', async () => {
    await bench.worker('w');
    await bench.submit({ a: [], b: ['a'] });
    await bench.dispatch('a', 'w', 'try-1');
    const answer = await bench.run('list-attempts', { task_ids_json: '["b","a","nobody"]' });
    expect(answer).toEqual(['listed', '[["a","DISPATCHED","w"]]']);
    expect(await bench.run('list-attempts', { task_ids_json: '["b"]' })).toEqual(['listed', '[]']);
  });
});

describe('submit-run at the bound on open tasks', () => {
  const atMost = (maxOpen: number): { max_open: string } => ({ max_open: String(maxOpen) });

  it('takes exactly as many as there may be, and writes nothing of a document that is one too many', async () => {
    expect((await bench.submit({ a: [], b: ['a'] }, 'run-1', atMost(2)))[0]).toBe('submitted');
    const before = await bench.everything();
    expect(await bench.submit({ c: [] }, 'run-2', atMost(2))).toEqual(['full', 2]);
    expect(await bench.submit({ c: [], d: [] }, 'run-2', atMost(3))).toEqual(['full', 2]);
    expect(await bench.everything()).toEqual(before);
    expect((await bench.submit({ c: [] }, 'run-2', atMost(3)))[0]).toBe('submitted');
  });

  it('counts what waits, runs or backs off, and not what has ended', async () => {
    await bench.submit({ sent: [], failed: [], done: [], queued: [] });
    await bench.worker('w-1');
    await bench.worker('w-2');
    await bench.dispatch('sent', 'w-1', 'try-1');
    await bench.dispatch('failed', 'w-2', 'try-2');
    await bench.run('back-off-task', {
      epoch: '',
      task_id: 'failed',
      status: 'DISPATCHED',
      attempt_id: 'try-2',
      delay_us: '60000000',
      error_text: 'boom',
      heard: '1',
    });
    await bench.complete('done');
    expect(await bench.submit({ more: [] }, 'run-2', atMost(3))).toEqual(['full', 3]);
    expect((await bench.submit({ more: [] }, 'run-2', atMost(4)))[0]).toBe('submitted');
  });

  it('answers for a run that it has already written, however full it is', async () => {
    const first = await bench.submit({ a: [] });
    expect(await bench.submit({ a: [] }, 'run', atMost(0))).toEqual(first);
  });
});

describe('submit-run with an idempotency key', () => {
  const withKey = (key: string, body: string): { idempotency_key: string; body_sha256: string } => ({
    idempotency_key: key,
    body_sha256: body,
  });

  it('registers the same body once, and says what it registered', async () => {
    await bench.submit({ a: [], b: ['a'] }, 'run-1', withKey('k', 'body'));
    const before = await bench.everything();
    expect(await bench.submit({ c: [], d: ['c'] }, 'run-2', withKey('k', 'body'))).toEqual([
      'replayed',
      '["a","b"]',
    ]);
    expect(await bench.everything()).toEqual(before);
    expect((await bench.submit({ c: [] }, 'run-2', withKey('another', 'body')))[0]).toBe('submitted');
  });

  it('refuses another body', async () => {
    await bench.submit({ a: [] }, 'run-1', withKey('k', 'body'));
    const before = await bench.everything();
    expect(await bench.submit({ c: [] }, 'run-2', withKey('k', 'another'))).toEqual(['key_reused']);
    expect(await bench.everything()).toEqual(before);
  });

  it('answers what it did, whatever has become of its room and its dependencies since', async () => {
    await bench.submit({ a: [] }, 'run-1');
    await bench.submit({ b: ['a'] }, 'run-2', withKey('k', 'body'));
    await bench.abort('a');
    const again = { ...withKey('k', 'body'), max_open: '0' };
    expect(await bench.submit({ c: ['a'] }, 'run-3', again)).toEqual(['replayed', '["b"]']);
  });

  it('keeps a key for a day, and none of what was refused', async () => {
    await bench.submit({ a: [] }, 'run-1', withKey('k', 'body'));
    const lives = await bench.redis.client.ttl(`${KEY.idempotencyKey}k`);
    expect(lives).toBeGreaterThan(86_000);
    expect(lives).toBeLessThanOrEqual(86_400);
    await bench.submit({ b: ['nobody'] }, 'run-2', withKey('refused', 'body'));
    expect(await bench.redis.client.exists(`${KEY.idempotencyKey}refused`)).toBe(0);
  });
});
