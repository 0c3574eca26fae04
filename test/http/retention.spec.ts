// What is deleted of ended tasks: by whom, what stays, and what everybody sees of it, at two replicas.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustedTaskId, type AttemptId, type TaskId } from '../../src/core/ids';
import type { Task } from '../../src/core/model';
import { KEY } from '../../src/redis/keys';
import { ResultDeletion } from '../../src/results/result-deletion';
import { ResultIntake } from '../../src/results/result-intake';
import { Retention, type RetentionReport } from '../../src/results/retention';
import { type Preview, RetentionPreview } from '../../src/results/retention-preview';
import { TaskLifecycle } from '../../src/tasks/task-lifecycle';
import { rollBack } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp, startReplica } from './app';
import { json } from './raw';
import { postResult, uploadFile } from './requests';
import { stage } from './staged';

jest.setTimeout(60_000);

const DAY_US = 86_400_000_000;

let app: HttpApp;
let other: HttpApp;

async function started(env: Record<string, string>): Promise<void> {
  app = await startHttpApp(env);
  other = await startReplica(app, env);
}
async function stopped(): Promise<void> {
  await other.stop();
  await app.stop();
}
const clean = async (): Promise<void> => {
  await app.caughtUp();
  for (const name of await readdir(app.resultsDir)) {
    if (name !== '.spool') await rm(join(app.resultsDir, name), { recursive: true, force: true });
  }
  const keys = (await app.redis.client.keys('orch:*')).filter((key) => !key.startsWith(KEY.leader));
  if (keys.length > 0) await app.redis.client.del(keys);
};

const url = (id: TaskId, below = '', of = app): string => `${of.url}/api/v1/results/${id}${below}`;
const remove = (id: TaskId, of = app): Promise<Response> => fetch(url(id, '', of), { method: 'DELETE' });
const record = async (id: TaskId): Promise<Record<string, unknown>> =>
  (await json(await fetch(`${app.url}/api/v1/tasks/${id}`))) as Record<string, unknown>;
const problem = async (answer: Promise<Response>): Promise<[number, string]> => {
  const response = await answer;
  return [response.status, String((await json(response)).detail)];
};
const taskOf = async (id: TaskId): Promise<Task> => {
  const task = await app.tasks.read(id);
  if (task === null) throw new Error(`no task ${id}`);
  return task;
};
/** Whatever is left on disk of a task, wherever it is; deleted directories that nobody has emptied yet among it. */
async function left(id: TaskId): Promise<string[]> {
  await app.caughtUp();
  await waitFor('an empty bin', async () => (await trash()).length === 0);
  const all = await readdir(app.resultsDir, { recursive: true });
  return all.filter((path) => path.includes(id) && !path.endsWith(id)).sort();
}
const trash = (): Promise<string[]> => readdir(join(app.resultsDir, '.spool/deleted')).catch(() => []);

async function dispatched(spec = ''): Promise<{ id: TaskId; attempt: AttemptId }> {
  const id = await app.submit(spec);
  return { id, attempt: await app.dispatch(id) };
}
async function done(spec = '', result: unknown = { n: 1 }): Promise<{ id: TaskId; attempt: AttemptId }> {
  const { id, attempt } = await dispatched(spec);
  await uploadFile(app, id, 'model.bin', 'bytes', attempt);
  expect((await postResult(app, { task_id: id, result }, attempt)).status).toBe(201);
  await app.caughtUp();
  return { id, attempt };
}
/** As if it had ended so many days ago. */
async function age(id: TaskId, days: number): Promise<void> {
  const { client } = app.redis;
  const at = Number(await client.hget(KEY.task + id, 'finished_at')) - days * DAY_US;
  await client.hset(KEY.task + id, 'finished_at', String(at));
  for (const index of [KEY.ended, KEY.deleted]) await client.zadd(index, 'XX', at, id);
  const ttl = await client.hget(KEY.task + id, 'ttl_sec');
  if (ttl !== null) await client.zadd(KEY.expiring, 'XX', at + Number(ttl) * 1_000_000, id);
}
const run = (of = app): Promise<RetentionReport> => of.nest.get(Retention).run('', () => true);
const preview = (of = app): Promise<Preview> => of.nest.get(RetentionPreview).look();
const isDeleted = async (id: TaskId): Promise<boolean> => (await taskOf(id)).deletedAtUs !== null;

describe('DELETE of a result', () => {
  beforeAll(() => started({}));
  afterAll(() => stopped());

  test('takes result and files, says so to everybody who asks at any replica, and is 204 again', async () => {
    const { id, attempt } = await done();
    await mkdir(join(app.resultsDir, id, 'checkpoints'));
    await writeFile(join(app.resultsDir, id, 'checkpoints/1.bin'), 'by a worker');
    expect((await remove(id, other)).status).toBe(204);
    expect((await remove(id)).status).toBe(204);
    const shown = await record(id);
    expect(shown).toMatchObject({ status: 'DONE', result_deleted_because: 'request' });
    const said = `The result and the files of task ${id} were deleted at ${String(shown.result_deleted_at)}, since a client wanted it.`;
    for (const of of [app, other]) {
      for (const below of ['', '/files', '/files/model.bin'])
        expect(await problem(fetch(url(id, below, of)))).toEqual([410, said]);
      expect(await problem(postResult(of, { task_id: id, result: { n: 1 } }, attempt))).toEqual([410, said]);
      expect(await problem(uploadFile(of, id, 'late.bin', 'x', attempt))).toEqual([410, said]);
    }
    expect(await left(id)).toEqual([expect.stringContaining(`${id}/.deleted~request~`)]);
  });

  test('is 404 of a task that nobody knows, and 409 of one that is open', async () => {
    expect((await remove(trustedTaskId('nobody'))).status).toBe(404);
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'bytes', attempt);
    const [status, detail] = await problem(remove(id));
    expect([status, detail]).toEqual([409, expect.stringContaining('is DISPATCHED')]);
    expect((await fetch(url(id, '/files/a.bin'))).status).toBe(200);
  });

  test('takes what a task without success has left', async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'bytes', attempt);
    await app.fail(id);
    expect((await remove(id)).status).toBe(204);
    expect((await fetch(url(id, '/files/a.bin'))).status).toBe(410);
    expect((await uploadFile(other, id, 'a.bin', 'bytes', attempt)).status).toBe(410);
    expect(await left(id)).toEqual([]);
  });

  test('is 409 while an open task of a later document depends on it, and names that', async () => {
    const { id } = await done();
    const later = await app.submit(`  dependsOn: [${id}]\n`);
    expect(await problem(remove(id))).toEqual([409, expect.stringContaining(`task ${later}`)]);
    expect((await fetch(url(id))).status).toBe(200);
    await app.cancel(later);
    expect((await remove(id)).status).toBe(204);
  });

  test('makes of it no dependency any more: the document is refused, also when the two come at once', async () => {
    const { id } = await done();
    await remove(id);
    await expect(app.submit(`  dependsOn: [${id}]\n`)).rejects.toThrow(/dependency_deleted.*was deleted/s);
    for (let round = 0; round < 10; round += 1) {
      const { id: wanted } = await done();
      const [answer, submitted] = await Promise.all([
        remove(wanted, other),
        app.submit(`  dependsOn: [${wanted}]\n`).catch((error: unknown) => String(error)),
      ]);
      if (answer.status === 204) expect(submitted).toContain('dependency_deleted');
      else expect([answer.status, (await taskOf(submitted as TaskId)).status]).toEqual([409, 'PENDING']);
    }
  });

  test('lets a download that has begun end', async () => {
    const { id, attempt } = await dispatched();
    const bytes = Buffer.alloc(8 * 1024 * 1024, 'x');
    await uploadFile(app, id, 'large.bin', bytes, attempt);
    await postResult(app, { task_id: id, result: 1 }, attempt);
    const response = await fetch(url(id, '/files/large.bin'));
    const reader = response.body!.getReader();
    let length = 0;
    const take = (bytes: Uint8Array): number => (length += bytes.length);
    take((await reader.read()).value as Uint8Array);
    expect((await remove(id, other)).status).toBe(204);
    expect(await left(id)).toHaveLength(1);
    for (let part = await reader.read(); !part.done; part = await reader.read())
      take(part.value as Uint8Array);
    expect(length).toBe(bytes.length);
  });

  test('takes the place of a worker on shared storage too, and follows no link out of it', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'orchestrator-outside-'));
    await writeFile(join(outside, 'precious.txt'), 'stays');
    const { id } = await dispatched('  output: {destination: {type: local, path: team}}\n');
    const place = join(app.resultsDir, 'team', id);
    await mkdir(place, { recursive: true });
    await writeFile(join(place, 'responses.json'), '{"n":1}');
    await symlink(outside, join(place, 'link'));
    await app.nest.get(TaskLifecycle).succeed(id, {}, null);
    expect((await fetch(url(id))).status).toBe(200);
    expect((await remove(id)).status).toBe(204);
    expect(await left(id)).toEqual([expect.stringContaining('.deleted~')]);
    expect(await readdir(join(app.resultsDir, 'team'))).toEqual([]);

    const { id: second } = await dispatched('  output: {destination: {type: local, path: away}}\n');
    await mkdir(join(outside, second));
    await writeFile(join(outside, second, 'a.txt'), 'not ours');
    await symlink(outside, join(app.resultsDir, 'away'));
    await app.cancel(second);
    expect((await remove(second)).status).toBe(204);
    expect(await readFile(join(outside, second, 'a.txt'), 'utf8')).toBe('not ours');
    expect(await readFile(join(outside, 'precious.txt'), 'utf8')).toBe('stays');
    await rm(outside, { recursive: true });
  });

  test('takes shards with their parent, and none of them before its end', async () => {
    const parent = await app.submit();
    const task = await taskOf(parent);
    const shards = [trustedTaskId(`${parent}-0`), trustedTaskId(`${parent}-1`)];
    await app.nest.get(TaskLifecycle).split(
      task,
      shards.map((id, index) => ({
        id,
        task: { ...task, name: `shard-${String(index)}`, shard: { index, total: 2 } },
        document: { apiVersion: 'v1', kind: 'Task', metadata: { name: 's' }, spec: { taskType: 'echo' } },
      })),
    );
    for (const id of shards) {
      const attempt = await app.dispatch(id);
      expect((await postResult(app, { task_id: id, result: { items: [] } }, attempt)).status).toBe(201);
    }
    expect(await problem(remove(shards[0]!))).toEqual([409, expect.stringContaining(parent)]);
    await postResult(app, { task_id: parent, result: { items: [] } });
    expect((await remove(parent, other)).status).toBe(204);
    for (const id of shards) expect((await fetch(url(id))).status).toBe(410);
  });

  test('of a result that is not in its final place yet leaves nothing that could come there', async () => {
    const { id, attempt } = await dispatched();
    const staged = await stage(app, id, attempt, 5);
    await app.nest.get(TaskLifecycle).resultStored(id, { attemptId: attempt }, { ...staged, workerId: null });
    expect((await remove(id, other)).status).toBe(204);
    await app.nest.get(ResultIntake).settleAll();
    expect((await fetch(url(id))).status).toBe(410);
    expect(await left(id)).toEqual([expect.stringContaining('.deleted~')]);
  });
});

describe('after a crash, and when Redis loses writes', () => {
  beforeAll(() => started({}));
  afterAll(() => stopped());

  test('a deletion that has only begun shows nothing, and is ended by whoever looks next', async () => {
    const { id } = await done();
    const deletion = app.nest.get(ResultDeletion);
    jest.spyOn(deletion, 'clear').mockRejectedValueOnce(new Error('a crash'));
    expect((await remove(id)).status).toBe(500);
    expect((await stat(join(app.resultsDir, id, 'responses.json'))).isFile()).toBe(true);
    for (const below of ['', '/files', '/files/model.bin'])
      expect((await fetch(url(id, below, other))).status).toBe(410);
    await run(other);
    expect(await left(id)).toEqual([expect.stringContaining('.deleted~')]);
    expect(await app.redis.client.zcard(KEY.deleting)).toBe(1);
    await app.redis.client.zadd(KEY.deleting, 'XX', 1, id);
    await run(other);
    expect([await left(id), await app.redis.client.zcard(KEY.deleting)]).toEqual([[], 0]);
    await expect(stat(join(app.resultsDir, id))).rejects.toThrow('ENOENT');
  });

  async function forgotten(): Promise<{ id: TaskId; attempt: AttemptId }> {
    const { id, attempt } = await dispatched();
    await rollBack(app.redis.client, async () => {
      await postResult(app, { task_id: id, result: 1 }, attempt);
      expect((await remove(id, other)).status).toBe(204);
    });
    expect((await taskOf(id)).status).toBe('DISPATCHED');
    return { id, attempt };
  }

  test('a deleted result is not taken for lost work: its task is DONE again, and without it', async () => {
    const { id } = await forgotten();
    expect(await other.nest.get(ResultIntake).adopt(await taskOf(id))).toBe(true);
    expect(await taskOf(id)).toMatchObject({ status: 'DONE', deletedBecause: 'request' });
    expect((await fetch(url(id))).status).toBe(410);
  });

  test('the same result that is posted again is refused', async () => {
    const { id, attempt } = await forgotten();
    expect((await postResult(other, { task_id: id, result: 1 }, attempt)).status).toBe(410);
    expect(await taskOf(id)).toMatchObject({ status: 'DONE', deletedBecause: 'request' });
  });

  test('what an open task needs again is made again', async () => {
    const { id, attempt } = await dispatched();
    const next = await app.submit(`  dependsOn: [${id}]\n`);
    await rollBack(app.redis.client, async () => {
      await postResult(app, { task_id: id, result: 1 }, attempt);
      await app.cancel(next);
      expect((await remove(id, other)).status).toBe(204);
    });
    expect(await other.nest.get(ResultIntake).adopt(await taskOf(id))).toBe(false);
    expect((await postResult(other, { task_id: id, result: 1 }, attempt)).status).toBe(201);
    expect((await fetch(url(id))).status).toBe(200);
  });
});

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
