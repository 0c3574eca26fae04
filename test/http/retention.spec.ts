// What is deleted of ended tasks by age and by room, at two replicas.
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AttemptId, type TaskId } from '../../src/core/ids';
import { KEY } from '../../src/redis/keys';
import { Retention } from '../../src/results/retention';
import { startReplica } from './app';
import { postResult, uploadFile } from './requests';
import {
  DAY_US,
  age,
  app,
  clean,
  dispatched,
  done,
  isDeleted,
  left,
  other,
  preview,
  record,
  run,
  started,
  stopped,
  url,
} from './ended';

jest.setTimeout(60_000);

describe('by age', () => {
  beforeAll(() => started({ RESULTS_TTL_DAYS: '7' }));
  afterEach(clean);
  afterAll(() => stopped());

  test('what ended longer ago is deleted, whatever its end was; what did not stays', async () => {
    const [old, young] = [await done(), await done()];
    const { id: failed, attempt } = await dispatched();
    await uploadFile(app, failed, 'a.bin', 'bytes', attempt);
    await app.fail(failed);
    await age(old.id, 8);
    await age(failed, 8);
    await age(young.id, 6);
    expect((await run()).deleted).toEqual({ ttl: 2, quota: 0, request: 0 });
    expect(await record(old.id)).toMatchObject({ result_deleted_because: 'ttl' });
    expect([await isDeleted(failed), await isDeleted(young.id)]).toEqual([true, false]);
    expect((await fetch(url(young.id))).status).toBe(200);
    expect((await run(other)).deleted.ttl).toBe(0);
  });

  test('a document has its own time, longer or shorter or none at all', async () => {
    const longer = await done('  output: {ttlDays: 30}\n');
    const shorter = await done('  output: {ttlDays: 0.5}\n');
    const none = await done('  output: {ttlDays: 0}\n');
    await age(longer.id, 8);
    await age(shorter.id, 1);
    await run();
    const all = await Promise.all([longer, shorter, none].map(({ id }) => isDeleted(id)));
    expect(all).toEqual([false, true, true]);
    await age(longer.id, 31);
    await run();
    expect(await isDeleted(longer.id)).toBe(true);
  });

  test.each([
    ['-1', 'out_of_range'],
    ['40000', 'out_of_range'],
    ['"7"', 'wrong_type'],
    ['[]', 'wrong_type'],
  ])('ttlDays: %s is a mistake', async (ttlDays, code) => {
    await expect(app.submit(`  output: {ttlDays: ${ttlDays}}\n`)).rejects.toThrow(
      new RegExp(`spec.output.ttlDays.*${code}`, 's'),
    );
  });

  test('what an open task needs is kept until that has ended', async () => {
    const { id } = await done();
    const next = await app.submit(`  dependsOn: [${id}]\n`);
    await age(id, 8);
    const { deleted, kept } = await run();
    expect([deleted.ttl, [...kept]]).toEqual([0, [id]]);
    expect((await preview()).kept).toEqual({
      count: 1,
      first: [{ taskId: id, cause: 'ttl', neededBy: next, why: 'dependent' }],
    });
    await app.cancel(next);
    expect((await run()).deleted.ttl).toBe(1);
  });

  test('a preview says what and how much, and changes nothing', async () => {
    const { id } = await done();
    await age(id, 8);
    const bytes = (await stat(join(app.resultsDir, id, 'model.bin'))).size;
    for (const of of [app, other]) {
      const { due, kept, isComplete } = await preview(of);
      expect(due).toMatchObject({ count: 1, first: [{ taskId: id, cause: 'ttl' }] });
      expect(due.bytes).toBeGreaterThan(bytes);
      expect([due.first[0]!.sizeBytes, kept.count, isComplete]).toEqual([due.bytes, 0, true]);
    }
    expect((await fetch(url(id))).status).toBe(200);
    expect((await run()).deleted.ttl).toBe(1);
  });

  test('more than a batch goes in one run, also behind what is needed, and a run that is not wanted ends', async () => {
    const first = await done();
    const next = await app.submit(`  dependsOn: [${first.id}]\n`);
    const { client } = app.redis;
    for (let n = 0; n < 250; n += 1) {
      const id = `old-${String(n)}`;
      await client.hset(KEY.task + id, { status: 'FAILED', run: 'r', finished_at: '1000', sequence: n });
      await client.zadd(KEY.ended, 1000, id);
    }
    await client.zadd(KEY.ended, 'XX', 1, first.id);
    let wanted = 120;
    const report = await app.nest.get(Retention).run('', () => (wanted -= 1) > 0);
    expect(report.isComplete).toBe(false);
    expect(report.deleted.ttl).toBeLessThan(120);
    const { deleted, kept, isComplete } = await run();
    expect([deleted.ttl + report.deleted.ttl, [...kept], isComplete]).toEqual([250, [first.id], true]);
    await app.cancel(next);
  });

  test('tasks that ended while nothing was to be deleted are found', async () => {
    const { id } = await done();
    await app.redis.client.del(KEY.ended);
    await app.redis.client.hincrby(KEY.task + id, 'finished_at', -8 * DAY_US);
    expect((await run()).deleted.ttl).toBe(1);
    expect(await isDeleted(id)).toBe(true);
  });

  test('directories that belong to nobody are named, and never touched', async () => {
    const { id } = await done();
    await app.redis.client.del(KEY.task + id);
    await mkdir(join(app.resultsDir, 'datasets'));
    await writeFile(join(app.resultsDir, 'datasets/a.csv'), '1,2');
    const { unknown } = await preview();
    expect(unknown).toEqual({ count: 1, first: [{ name: id, sizeBytes: expect.any(Number) as number }] });
    expect(unknown.first[0]!.sizeBytes).toBeGreaterThan(5);
    await run();
    expect((await stat(join(app.resultsDir, id, 'model.bin'))).size).toBe(5);
  });
});

describe('by room', () => {
  beforeAll(() => started({ ARTIFACT_QUOTA_BYTES: '25000' }));
  afterEach(clean);
  afterAll(() => stopped());

  async function large(days: number): Promise<TaskId> {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', Buffer.alloc(10_000), attempt);
    await postResult(app, { task_id: id, result: 1 }, attempt);
    await age(id, days);
    return id;
  }

  test('what ended first goes until the rest fits, and no more', async () => {
    const ids = [await large(1), await large(3), await large(2), await large(0)];
    expect((await preview(other)).due.first.map(({ taskId }) => taskId)).toEqual([ids[1], ids[2]]);
    expect((await run()).deleted).toEqual({ ttl: 0, quota: 2, request: 0 });
    expect(await Promise.all(ids.map((id) => isDeleted(id)))).toEqual([false, true, true, false]);
    expect(Number(await app.redis.client.get(KEY.storedBytes))).toBeLessThan(25_000);
    expect((await run(other)).deleted.quota).toBe(0);
  });

  test('what is needed is passed over, and what came late is counted', async () => {
    const ids = [await large(0), await large(0)];
    await app.submit(`  dependsOn: [${ids[0]!}]\n`);
    expect((await run()).deleted.quota).toBe(0);
    expect((await uploadFile(app, ids[0]!, 'late.bin', Buffer.alloc(10_000))).status).toBe(201);
    expect((await run()).deleted.quota).toBe(1);
    expect(await Promise.all(ids.map((id) => isDeleted(id)))).toEqual([false, true]);
  });
});

describe('by room, with what changes', () => {
  beforeAll(() => started({ ARTIFACT_QUOTA_BYTES: '25000' }));
  afterEach(clean);
  afterAll(() => stopped());

  const size = 10_000;
  async function withFile(): Promise<{ id: TaskId; attempt: AttemptId }> {
    const sent = await dispatched();
    await uploadFile(app, sent.id, 'a.bin', Buffer.alloc(size), sent.attempt);
    return sent;
  }
  async function ended(): Promise<TaskId> {
    const { id, attempt } = await withFile();
    await postResult(app, { task_id: id, result: 1 }, attempt);
    return id;
  }

  test('what tasks that run have stored counts, and stays', async () => {
    const first = await ended();
    expect((await run()).deleted.quota).toBe(0);
    const running = [await withFile(), await withFile()];
    expect((await run()).deleted.quota).toBe(1);
    expect(await isDeleted(first)).toBe(true);
    expect((await run()).deleted.quota).toBe(0);
    for (const { id, attempt } of running)
      expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(201);
  });

  test('what a worker writes into shared storage after the end of its task is counted', async () => {
    const [first, second] = [await ended(), await ended()];
    expect((await run()).deleted.quota).toBe(0);
    await writeFile(join(app.resultsDir, second, 'late.bin'), Buffer.alloc(size));
    // Who schedules next measures everything; the same replica does after an hour.
    const next = await startReplica(app, { ARTIFACT_QUOTA_BYTES: '25000' });
    try {
      expect((await run(next)).deleted.quota).toBe(1);
    } finally {
      await next.stop();
    }
    expect(await Promise.all([first, second].map((id) => isDeleted(id)))).toEqual([true, false]);
  });
});

describe('records', () => {
  beforeAll(() => started({ RECORDS_TTL_DAYS: '30' }));
  afterEach(clean);
  afterAll(() => stopped());

  test('go with all that is about them, and their result before', async () => {
    const { id } = await done();
    await age(id, 31);
    const young = await done();
    // First the files; of what was deleted, the place is looked at once more.
    expect(await run()).toMatchObject({ deleted: { ttl: 1 }, records: 0 });
    await app.redis.client.zadd(KEY.deleting, 'XX', 1, id);
    expect((await run()).records).toBe(1);
    expect((await fetch(`${app.url}/api/v1/tasks/${id}`)).status).toBe(404);
    expect((await fetch(url(id, '', other))).status).toBe(404);
    expect(await left(id)).toEqual([]);
    const keys = await app.redis.client.keys(`orch:*${id}*`);
    const runs = await app.redis.client.keys(`${KEY.run}*`);
    expect([keys, runs.length]).toEqual([[], 1]);
    expect(await app.redis.client.zrange(KEY.tasks, 0, '-1')).toEqual([young.id]);
    await expect(app.submit(`  dependsOn: [${id}]\n`)).rejects.toThrow();
  });

  test('a result that is to stay longer keeps its record', async () => {
    const { id } = await done('  output: {ttlDays: 90}\n');
    await age(id, 60);
    expect(await run()).toMatchObject({ deleted: { ttl: 0 }, records: 0 });
    expect((await fetch(url(id))).status).toBe(200);
  });
});
