// Results and files that come while Redis is away: kept on disk, answered at once, judged when it is back.
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { join } from 'node:path';
import type { AttemptId, TaskId } from '../../src/core/ids';
import { Metrics } from '../../src/metrics/metrics';
import { RedisConnections } from '../../src/redis/redis-connections';
import { ResultIntake } from '../../src/results/result-intake';
import { LASTING } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp, startReplica } from './app';
import { json } from './raw';
import { postResult, uploadFile } from './requests';

const SPOOL_MAX_BYTES = 3_000_000;
let app: HttpApp;

jest.setTimeout(60_000);

beforeEach(async () => {
  app = await startHttpApp({ SPOOL_MAX_BYTES: String(SPOOL_MAX_BYTES) }, {}, LASTING);
});
afterEach(() => app.stop());

const isUp = (of: HttpApp): boolean => of.nest.get(RedisConnections).isUp();
async function redisGoes(...apps: HttpApp[]): Promise<void> {
  await app.redis.crash();
  await waitFor('the loss of Redis to be noticed', () => [app, ...apps].every((each) => !isUp(each)));
}
async function redisComes(...apps: HttpApp[]): Promise<void> {
  await app.redis.restart();
  await waitFor('the connection to Redis', () => [app, ...apps].every(isUp));
}
const drain = (of: HttpApp = app): Promise<void> => of.nest.get(ResultIntake).drain();
const statusOf = async (id: TaskId): Promise<string | undefined> => (await app.tasks.read(id))?.status;
const resultOf = async (id: TaskId): Promise<unknown> =>
  (await json(await fetch(`${app.url}/api/v1/results/${id}`))).result;
const textOf = async (id: TaskId, name: string): Promise<string> =>
  await (await fetch(`${app.url}/api/v1/results/${id}/files/${name}`)).text();
const inSpool = async (folder: string): Promise<string[]> =>
  (await readdir(join(app.resultsDir, '.spool', folder)).catch(() => [])).sort();
const rejectedCount = async (kind: string): Promise<number> => {
  const { values } = await app.nest.get(Metrics).spoolRejected.get();
  return values.find(({ labels }) => labels.kind === kind)?.value ?? 0;
};
async function dispatched(): Promise<{ id: TaskId; attempt: AttemptId }> {
  const id = await app.submit();
  return { id, attempt: await app.dispatch(id) };
}

test('a result is answered 202 at once, and completes its task when Redis is back', async () => {
  const { id, attempt } = await dispatched();
  await redisGoes();
  const started = performance.now();
  const answer = await postResult(app, { task_id: id, result: { n: 1 } }, attempt);
  expect(performance.now() - started).toBeLessThan(1000);
  expect([answer.status, await json(answer)]).toEqual([
    202,
    { ok: true, path: `${id}/responses.json`, spooled: true },
  ]);
  expect(await inSpool('inbox')).toEqual([
    expect.stringMatching(/^result-.*\.data$/),
    expect.stringMatching(/^result-.*\.json$/),
  ]);
  await redisComes();
  await drain();
  expect([await statusOf(id), await resultOf(id)]).toEqual(['DONE', { n: 1 }]);
  expect(await inSpool('inbox')).toEqual([]);
  expect(app.stored).toContain(id);
});

test('it is judged even when nobody asks for it', async () => {
  const { id, attempt } = await dispatched();
  await redisGoes();
  await postResult(app, { task_id: id, result: {} }, attempt);
  await redisComes();
  await waitFor('the task to be done', async () => (await statusOf(id)) === 'DONE');
});

test('one that a replica kept is committed by another, and by two at once only once', async () => {
  const other = await startReplica(app);
  try {
    const { id, attempt } = await dispatched();
    await redisGoes(other);
    await postResult(other, { task_id: id, result: { by: 'other' } }, attempt);
    await uploadFile(other, id, 'model.zip', 'weights', attempt);
    await redisComes(other);
    await Promise.all([drain(app), drain(other)]);
    expect([await statusOf(id), await resultOf(id)]).toEqual(['DONE', { by: 'other' }]);
    expect(await textOf(id, 'model.zip')).toBe('weights');
    expect([await inSpool('inbox'), await inSpool('rejected')]).toEqual([[], []]);
  } finally {
    await other.stop();
  }
});

test('files are answered 202 and are there with the result that came after them', async () => {
  const { id, attempt } = await dispatched();
  await redisGoes();
  const answer = await uploadFile(app, id, 'final_model.zip', 'weights', attempt);
  expect([answer.status, await json(answer)]).toMatchObject([
    202,
    { ok: true, filename: 'final_model.zip', size: 7, spooled: true },
  ]);
  await postResult(app, { task_id: id, result: {} }, attempt);
  await redisComes();
  await drain();
  expect(await statusOf(id)).toBe('DONE');
  expect(await textOf(id, 'final_model.zip')).toBe('weights');
  expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([
    `${id}/final_model.zip`,
    `${id}/responses.json`,
  ]);
});

test('a body during which Redis goes away is kept too', async () => {
  const { id, attempt } = await dispatched();
  const body = Buffer.from(JSON.stringify({ task_id: id, result: 'x'.repeat(1_500_000) }));
  const answered = new Promise<number>((resolve, reject) => {
    const request = httpRequest(`${app.url}/api/v1/results`, {
      method: 'POST',
      headers: { 'X-Orchestrator-Attempt': attempt },
    });
    request.on('response', (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.write(body.subarray(0, 1_200_000));
    void redisGoes().then(() => request.end(body.subarray(1_200_000)));
  });
  expect(await answered).toBe(202);
  await redisComes();
  await drain();
  expect(await statusOf(id)).toBe('DONE');
});

test('what does not belong is put aside, counted, and changes nothing', async () => {
  const { id, attempt } = await dispatched();
  await app.lose(id, attempt);
  const newer = await app.dispatch(id);
  await redisGoes();
  await postResult(app, { task_id: id, result: 'stale' }, attempt);
  await postResult(app, { task_id: 'unknown', result: 1 });
  await uploadFile(app, id, 'stale.zip', 'stale', attempt);
  await postResult(app, { task_id: id, result: 'mine' }, newer);
  await postResult(app, { task_id: id, result: 'mine' }, newer);
  await postResult(app, { task_id: id, result: 'another' }, newer);
  await redisComes();
  await drain();
  expect([await statusOf(id), await resultOf(id)]).toEqual(['DONE', 'mine']);
  expect([await rejectedCount('result'), await rejectedCount('upload')]).toEqual([3, 1]);
  expect(await inSpool('inbox')).toEqual([]);
  const aside = await inSpool('rejected');
  expect(aside.filter((name) => name.endsWith('.data'))).toHaveLength(4);
  const [why] = aside.filter((name) => name.startsWith('upload') && name.endsWith('.json'));
  expect(
    JSON.parse(await readFile(join(app.resultsDir, '.spool/rejected', why ?? ''), 'utf8')),
  ).toMatchObject({
    taskId: id,
    filename: 'stale.zip',
    why: expect.stringMatching('another attempt'),
  });
  expect((await fetch(`${app.url}/api/v1/results/${id}/files/stale.zip`)).status).toBe(404);
});

test('beyond the bound it is 503, announced or not, and nothing of it is left', async () => {
  const { id, attempt } = await dispatched();
  await redisGoes();
  const first = await postResult(app, { task_id: id, result: 'x'.repeat(2_000_000) }, attempt);
  expect(first.status).toBe(202);
  for (const answer of [
    await postResult(app, { task_id: id, result: 'y'.repeat(2_000_000) }, attempt),
    await uploadFile(app, id, 'large.bin', Buffer.alloc(2_000_000), attempt),
  ]) {
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '5']);
    expect((await json(answer)).type).toBe('urn:orchestrator:unavailable');
  }
  const unannounced = await new Promise<number>((resolve, reject) => {
    const request = httpRequest(`${app.url}/api/v1/results`, { method: 'POST' }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    request.on('error', reject);
    request.write(`{"task_id":"${id}","result":"${'z'.repeat(1_990_000)}`);
    request.end('"}');
  });
  expect(unannounced).toBe(503);
  expect((await postResult(app, { task_id: id, result: 'small' }, attempt)).status).toBe(202);
  await waitFor('an empty spool', async () => (await inSpool('')).every((name) => !name.endsWith('.part')));
  expect((await inSpool('inbox')).filter((name) => name.endsWith('.data'))).toHaveLength(2);
  await redisComes();
});

test('an inbox that cannot be written to leaves no part of what came', async () => {
  const { id, attempt } = await dispatched();
  await redisGoes();
  await mkdir(join(app.resultsDir, '.spool'), { recursive: true });
  await writeFile(join(app.resultsDir, '.spool/inbox'), 'in the way');
  const answer = await postResult(app, { task_id: id, result: {} }, attempt);
  expect(answer.status).toBe(500);
  expect((await inSpool('')).filter((name) => name.endsWith('.part'))).toEqual([]);
  await rm(join(app.resultsDir, '.spool/inbox'));
  await redisComes();
});

test('a result whose commit was answered to nobody is found committed, and counts once', async () => {
  const [warmUp, { id, attempt }] = [await dispatched(), await dispatched()];
  await postResult(app, { task_id: warmUp.id, result: {} }, warmUp.attempt);
  // The script has run when the connection goes; only its answer is lost, and Redis stays away.
  const { commands } = app.nest.get(RedisConnections);
  const evalsha = commands.evalsha.bind(commands);
  const cut = jest
    .spyOn(commands, 'evalsha')
    .mockImplementation(async (...args: Parameters<typeof evalsha>) => {
      await evalsha(...args);
      await app.redis.crash();
      throw new Error('Connection is closed.');
    });
  const answer = await postResult(app, { task_id: id, result: { n: 1 } }, attempt);
  cut.mockRestore();
  expect(answer.status).toBe(202);
  await redisComes();
  await drain();
  expect([await statusOf(id), await resultOf(id)]).toEqual(['DONE', { n: 1 }]);
  expect([await inSpool('inbox'), await inSpool('rejected')]).toEqual([[], []]);
  expect((await postResult(app, { task_id: id, result: { n: 1 } }, attempt)).status).toBe(200);
});

test('a committed result is read, and a file downloaded, while Redis is away', async () => {
  const { id, attempt } = await dispatched();
  await uploadFile(app, id, 'a.bin', 'bytes', attempt);
  await postResult(app, { task_id: id, result: 7 }, attempt);
  await redisGoes();
  expect(await resultOf(id)).toBe(7);
  expect(await textOf(id, 'a.bin')).toBe('bytes');
  await redisComes();
});
