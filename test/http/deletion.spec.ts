// What is deleted of ended tasks on request: what stays, and what everybody sees of it, at two replicas.
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { trustedTaskId, type AttemptId, type TaskId } from '../../src/core/ids';
import { KEY } from '../../src/redis/keys';
import { ResultIntake } from '../../src/results/result-intake';
import { TaskLifecycle } from '../../src/tasks/task-lifecycle';
import { rollBack } from '../helpers/redis';
import { beginDeletion } from './begun';
import { postResult, uploadFile } from './requests';
import { stage } from './staged';
import {
  app,
  dispatched,
  done,
  left,
  other,
  problem,
  record,
  remove,
  run,
  started,
  stopped,
  taskOf,
  url,
} from './ended';

jest.setTimeout(60_000);

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
    await beginDeletion(app, id);
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
