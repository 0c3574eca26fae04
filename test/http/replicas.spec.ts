// Two replicas on one Redis and one directory, and what a crash of one of them leaves for the other.
import { readdir, rename, stat } from 'node:fs/promises';
import { request as httpRequest, type ClientRequest } from 'node:http';
import { join } from 'node:path';
import { ArtifactStore } from '../../src/artifacts/artifact.store';
import type { Shelf } from '../../src/artifacts/stored-file';
import type { AttemptId, TaskId } from '../../src/core/ids';
import type { Task } from '../../src/core/model';
import { LocalResultFiles } from '../../src/results/local-result-files';
import type { StagedResult } from '../../src/results/staged-results';
import { ResultIntake } from '../../src/results/result-intake';
import { TaskLifecycle } from '../../src/tasks/task-lifecycle';
import { rollBack } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp, startReplica } from './app';
import { json } from './raw';
import { postResult, uploadFile } from './requests';
import { stage } from './staged';

let app: HttpApp;
let other: HttpApp;

jest.setTimeout(60_000);

beforeAll(async () => {
  app = await startHttpApp();
  other = await startReplica(app);
});
afterAll(async () => {
  await other.stop();
  await app.stop();
});

const unsettled = (): Promise<string[]> => app.redis.client.smembers('orch:unsettled');
const resultOf = async (id: TaskId, of: HttpApp = other): Promise<unknown> =>
  (await json(await fetch(`${of.url}/api/v1/results/${id}`))).result;
const download = (id: TaskId, name: string, of: HttpApp = other): Promise<Response> =>
  fetch(`${of.url}/api/v1/results/${id}/files/${name}`);
const ownFiles = async (id: TaskId): Promise<string[]> => {
  await Promise.all([app.caughtUp(), other.caughtUp()]);
  const [names, own] = await Promise.all(
    ['', '.orchestrator'].map((below) => readdir(join(app.resultsDir, id, below)).catch(() => [])),
  );
  const records = names!.filter((name) => name.startsWith('.result~')).map(() => 'record');
  return [...own!, ...records].sort();
};
const taskOf = async (id: TaskId): Promise<Task> => {
  const task = await app.tasks.read(id);
  if (task === null) throw new Error(`no task ${id}`);
  return task;
};
async function dispatched(): Promise<{ id: TaskId; attempt: AttemptId }> {
  const id = await app.submit();
  return { id, attempt: await app.dispatch(id) };
}

/** Just before the next file has its place here. */
function beforeNextPlace(happens: () => Promise<void>): void {
  const store = app.nest.get(ArtifactStore);
  const begin = store.begin.bind(store);
  jest.spyOn(store, 'begin').mockImplementationOnce(async (...args) => {
    const placing = await begin(...args);
    const put = async (shelf: Shelf): Promise<boolean> => {
      await happens();
      return await placing.put(shelf);
    };
    return { ...placing, put };
  });
}

/** A result as a process leaves it that dies after its task has taken it. */
async function commit(id: TaskId, attemptId: AttemptId, result: number): Promise<StagedResult> {
  const staged = await stage(app, id, attemptId, result);
  await app.nest.get(TaskLifecycle).resultStored(id, { attemptId }, { ...staged, workerId: null });
  return staged;
}

describe('posted to two replicas at once', () => {
  test('the same result is created once, and nothing else is left', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { id, attempt } = await dispatched();
      const post = (to: HttpApp): Promise<Response> =>
        postResult(to, { task_id: id, result: { round } }, attempt);
      const answers = await Promise.all([app, other, app, other].map(post));
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 201]);
      expect(await resultOf(id)).toEqual({ round });
      expect(await ownFiles(id)).toEqual(['record']);
    }
    expect(await unsettled()).toEqual([]);
    expect((await app.files()).filter((path) => path.startsWith('.spool'))).toEqual([]);
  });

  test('of different results the one that is accepted is the one that is stored', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await app.submit();
      const answers = await Promise.all(
        [app, other, app, other].map((to, n) => postResult(to, { task_id: id, result: n })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
      expect(await resultOf(id)).toBe(answers.findIndex(({ status }) => status === 201));
      expect(await ownFiles(id)).toEqual(['record']);
    }
  });

  test('the files of an attempt and its result, one here, one there, belong together', async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'here', attempt);
    await uploadFile(other, id, 'b.bin', 'there', attempt);
    expect((await postResult(other, { task_id: id, result: 1 }, attempt)).status).toBe(201);
    for (const of of [app, other]) {
      expect(await (await download(id, 'a.bin', of)).text()).toBe('here');
      expect(await (await download(id, 'b.bin', of)).text()).toBe('there');
    }
    expect(await ownFiles(id)).toEqual(['files', 'record']);
  });
});

test('a result whose task is cancelled between its judgement and its commit is 409 and leaves nothing', async () => {
  const { id, attempt } = await dispatched();
  const lifecycle = app.nest.get(TaskLifecycle);
  const commitNow = lifecycle.resultStored.bind(lifecycle);
  const late = jest.spyOn(lifecycle, 'resultStored').mockImplementationOnce(async (...args) => {
    expect(await app.nest.get(LocalResultFiles).staged(id)).toHaveLength(1);
    await app.cancel(id);
    return await commitNow(...args);
  });
  expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(409);
  late.mockRestore();
  expect(await ownFiles(id)).toEqual([]);
});

describe('files of a retry', () => {
  test('an attempt shows its own files only, and the winner leaves its own only', async () => {
    const { id, attempt: older } = await dispatched();
    await uploadFile(app, id, 'model.zip', 'older', older);
    await uploadFile(app, id, 'log.txt', 'older', older);
    expect(await (await download(id, 'model.zip')).text()).toBe('older');
    await app.lose(id, older);
    const newer = await app.dispatch(id);
    expect((await download(id, 'model.zip')).status).toBe(404);
    await uploadFile(other, id, 'model.zip', 'newer', newer);
    expect(await readdir(join(app.resultsDir, id, '.orchestrator/attempts'))).toEqual([newer]);
    const list = await json(await fetch(`${app.url}/api/v1/results/${id}/files`));
    expect(list).toMatchObject([{ name: 'model.zip', size: 5 }]);
    await postResult(app, { task_id: id, result: 1 }, newer);
    expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([
      `${id}/model.zip`,
      `${id}/responses.json`,
    ]);
    expect(await (await download(id, 'model.zip')).text()).toBe('newer');
  });

  test("an attempt's file is shown over one without identity, and replaces it when it wins", async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'anonymous');
    await uploadFile(app, id, 'a.bin', 'of the attempt', attempt);
    expect(await (await download(id, 'a.bin')).text()).toBe('of the attempt');
    expect((await uploadFile(app, id, 'a.bin', 'of the attempt', attempt)).status).toBe(200);
    await app.lose(id, attempt);
    const newer = await app.dispatch(id);
    expect(await (await download(id, 'a.bin')).text()).toBe('anonymous');
    await postResult(app, { task_id: id, result: 1 }, newer);
    expect(await (await download(id, 'a.bin')).text()).toBe('anonymous');
  });

  test('after the end the winner may add files, another attempt may not', async () => {
    const { id, attempt: older } = await dispatched();
    await app.lose(id, older);
    const winner = await app.dispatch(id);
    await uploadFile(app, id, 'a.bin', 'one', winner);
    await postResult(other, { task_id: id, result: 1 }, winner);
    expect((await uploadFile(app, id, 'a.bin', 'one', winner)).status).toBe(200);
    expect((await uploadFile(app, id, 'a.bin', 'two', winner)).status).toBe(409);
    expect((await uploadFile(app, id, 'b.bin', 'new', winner)).status).toBe(201);
    expect((await uploadFile(app, id, 'c.bin', 'old', older)).status).toBe(409);
    expect(await ownFiles(id)).toEqual(['files', 'record']);
  });

  describe('a new name after the end, given by two replicas at once', () => {
    /** `there` comes whole to the one replica while the other puts `here` in place; both answers. */
    async function both(here: string, there: string): Promise<[id: TaskId, here: number, there: number]> {
      const { id, attempt } = await dispatched();
      expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(201);
      let thereStatus = 0;
      beforeNextPlace(async () => {
        thereStatus = (await uploadFile(other, id, 'late.bin', there)).status;
      });
      const { status } = await uploadFile(app, id, 'late.bin', here);
      expect(await (await download(id, 'late.bin')).text()).toBe(there);
      const left = (await app.files()).filter((path) => path.startsWith('.spool') || path.startsWith(id));
      expect(left).toEqual([`${id}/late.bin`, `${id}/responses.json`]);
      return [id, status, thereStatus];
    }

    test('is taken once: other bytes are 409, and replace nothing', async () => {
      const [id, ...statuses] = await both('of the one', 'of the other');
      expect(statuses).toEqual([409, 201]);
      // What is remembered of it is its own.
      const [file] = await json(await fetch(`${other.url}/api/v1/results/${id}/files`));
      expect(file).toMatchObject({ size: 'of the other'.length });
    });

    test('with the same bytes is 200', async () => {
      expect((await both('the same', 'the same')).slice(1)).toEqual([200, 201]);
    });
  });

  describe.each([
    ['with its attempt', true],
    ['without identity', false],
  ])('a file that came %s, and is put in place when its task has just ended', (_, isOfAttempt) => {
    /** What another replica answers to the same name, while the file waits for its place; and what becomes of both. */
    async function both(there: string): Promise<[here: number, there: number, left: string, bytes: number]> {
      const { id, attempt } = await dispatched();
      let late: Promise<Response> | null = null;
      beforeNextPlace(async () => {
        expect((await postResult(other, { task_id: id, result: 1 }, attempt)).status).toBe(201);
        late = uploadFile(other, id, 'late.bin', there);
        await new Promise((resolve) => setTimeout(resolve, 100));
      });
      const { status } = await uploadFile(
        app,
        id,
        'late.bin',
        'began before',
        isOfAttempt ? attempt : undefined,
      );
      const { status: lateStatus } = await late!;
      expect(await app.redis.client.exists(`orch:arriving:${id}`)).toBe(0);
      const [file] = await json(await fetch(`${other.url}/api/v1/results/${id}/files`));
      return [status, lateStatus, await (await download(id, 'late.bin')).text(), file.size as number];
    }

    test('has that place: other bytes that came after the end are 409', async () => {
      expect(await both('came after')).toEqual([201, 409, 'began before', 12]);
    });

    test('has that place: the same bytes again are 200', async () => {
      expect(await both('began before')).toEqual([201, 200, 'began before', 12]);
    });
  });

  test('a file whose replica died over it before the end keeps others out for so long only, and none is lost', async () => {
    const { id, attempt } = await dispatched();
    await app.redis.client.zadd(`orch:arriving:${id}`, (Date.now() + 5_000) * 1_000, 'dead');
    await postResult(app, { task_id: id, result: 1 }, attempt);
    const answer = await uploadFile(other, id, 'a.bin', 'bytes');
    expect(answer.status).toBe(202);
    await waitFor('the time to be over', () => download(id, 'a.bin').then(({ status }) => status === 200));
  });

  test('those of a task that ended without a result of ours are its files for whoever reads them', async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'bytes', attempt);
    await app.nest.get(TaskLifecycle).succeed(id, { attemptId: attempt }, null);
    expect(await (await download(id, 'a.bin')).text()).toBe('bytes');
    expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([`${id}/a.bin`]);
    await other.nest.get(ResultIntake).settleAll();
    expect(await unsettled()).toEqual([]);
  });

  test('those that nobody reads then are put in place by whoever starts next', async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'bytes', attempt);
    await app.nest.get(TaskLifecycle).succeed(id, { attemptId: attempt }, null);
    expect(await unsettled()).toEqual([id]);
    await other.nest.get(ResultIntake).settleAll();
    expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([`${id}/a.bin`]);
    expect(await unsettled()).toEqual([]);
  });
});

describe('what a crash leaves', () => {
  test('a result that the task has taken is read, though it is not in its place', async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'bytes', attempt);
    await commit(id, attempt, 5);
    expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([]);
    expect(await resultOf(id)).toBe(5);
    expect(await (await download(id, 'a.bin')).text()).toBe('bytes');
    expect(await ownFiles(id)).toEqual(['files', 'record']);
    expect(await unsettled()).toEqual([]);
  });

  test('what nobody reads is put in place by whoever starts next', async () => {
    const { id, attempt } = await dispatched();
    await uploadFile(app, id, 'a.bin', 'bytes', attempt);
    await commit(id, attempt, 5);
    await stage(app, id, attempt, 6);
    expect(await unsettled()).toEqual([id]);
    await other.nest.get(ResultIntake).settleAll();
    expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([
      `${id}/a.bin`,
      `${id}/responses.json`,
    ]);
    expect([await ownFiles(id), await unsettled()]).toEqual([['files', 'record'], []]);
  });

  test('a record without its rename is a committed result', async () => {
    const { id, attempt } = await dispatched();
    await postResult(app, { task_id: id, result: 5 }, attempt);
    await app.caughtUp();
    const { resultId, resultSha256: sha256 } = await taskOf(id);
    await stage(app, id, attempt, 6);
    const place = join(app.resultsDir, id, 'responses.json');
    const staged = { resultId: resultId!, sha256: sha256!, sizeBytes: 1, attemptId: attempt };
    await rename(place, app.nest.get(LocalResultFiles).stagedPath(id, staged));
    expect(await resultOf(id)).toBe(5);
    await stat(place);
    expect((await postResult(other, { task_id: id, result: 6 }, attempt)).status).toBe(409);
  });

  test('a staged result of the latest attempt completes its task, one of an older attempt does not', async () => {
    const { id, attempt: older } = await dispatched();
    await stage(app, id, older, 1);
    await app.lose(id, older);
    const newer = await app.dispatch(id);
    const intake = other.nest.get(ResultIntake);
    expect(await intake.adopt(await taskOf(id))).toBe(false);
    expect((await taskOf(id)).status).toBe('DISPATCHED');
    await stage(app, id, newer, 2);
    expect(await intake.adopt(await taskOf(id))).toBe(true);
    expect([(await taskOf(id)).status, await resultOf(id)]).toEqual(['DONE', 2]);
    expect(await ownFiles(id)).toEqual(['record']);
  });
});

describe('when Redis has lost what came after the dispatch', () => {
  async function forgotten(): Promise<{ id: TaskId; attempt: AttemptId }> {
    const { id, attempt } = await dispatched();
    await rollBack(app.redis.client, async () => {
      await uploadFile(app, id, 'a.bin', 'bytes', attempt);
      expect((await postResult(app, { task_id: id, result: 1 }, attempt)).status).toBe(201);
    });
    expect((await taskOf(id)).status).toBe('DISPATCHED');
    return { id, attempt };
  }

  test('the same result again is 200, and the task is DONE by it', async () => {
    const { id, attempt } = await forgotten();
    expect((await postResult(other, { task_id: id, result: 1 }, attempt)).status).toBe(200);
    expect((await taskOf(id)).status).toBe('DONE');
    expect([await resultOf(id), await unsettled()]).toEqual([1, []]);
  });

  test('another result is 409, also of a newer attempt, and the task is DONE by the first one', async () => {
    const { id, attempt } = await forgotten();
    await app.lose(id, attempt);
    const newer = await app.dispatch(id);
    expect((await postResult(other, { task_id: id, result: 2 }, newer)).status).toBe(409);
    expect([(await taskOf(id)).status, await resultOf(id)]).toEqual(['DONE', 1]);
  });

  test('the task is DONE by what is on disk before it goes out again, with the files of the attempt that won', async () => {
    const { id, attempt } = await forgotten();
    await app.lose(id, attempt);
    const newer = await app.dispatch(id);
    await uploadFile(app, id, 'a.bin', 'of the newer', newer);
    expect(await other.nest.get(ResultIntake).adopt(await taskOf(id))).toBe(true);
    expect((await taskOf(id)).status).toBe('DONE');
    expect([await resultOf(id), await (await download(id, 'a.bin')).text()]).toEqual([1, 'bytes']);
  });
});

test('a result on its way in to one replica is waited for by the other, until it is in or broken off', async () => {
  const { id, attempt } = await dispatched();
  const intake = other.nest.get(ResultIntake);
  expect(await intake.gather(await taskOf(id))).toBe(false);
  const post = (): ClientRequest => {
    const request = httpRequest(`${app.url}/api/v1/results`, {
      method: 'POST',
      headers: { 'X-Orchestrator-Attempt': attempt },
    });
    request.on('error', () => undefined);
    request.write(`{"task_id":"${id}",`);
    return request;
  };
  const begun = (): Promise<boolean> =>
    app.files().then((files) => files.some((path) => path.startsWith(`.spool/${attempt}.`)));
  for (const end of ['broken off', 'in']) {
    const request = post();
    await waitFor('the first byte', begun);
    let ended = false;
    const waiting = intake.gather(await taskOf(id)).then(() => (ended = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(ended).toBe(false);
    if (end === 'in') request.end('"result":1}');
    else request.destroy();
    await waiting;
  }
  await waitFor('the end of the task', async () => (await taskOf(id)).status === 'DONE');
});
