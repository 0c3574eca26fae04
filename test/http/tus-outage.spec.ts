// Resumable uploads while Redis is away: begun, continued, kept, and judged when it is back.
import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AttemptId, TaskId } from '../../src/core/ids';
import { RedisConnections } from '../../src/redis/redis-connections';
import { ResultIntake } from '../../src/results/result-intake';
import { LASTING } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { postResult } from './requests';
import { about, begin, create, head, offsetOf, openUploads, patch, sha256 } from './tus';

const SPOOL_MAX_BYTES = 1_000_000;
let app: HttpApp;
let id: TaskId;
let attempt: AttemptId;

jest.setTimeout(60_000);

beforeEach(async () => {
  app = await startHttpApp({ SPOOL_MAX_BYTES: String(SPOOL_MAX_BYTES) }, {}, LASTING);
  id = await app.submit();
  attempt = await app.dispatch(id);
});
afterEach(() => app.stop());

const isUp = (): boolean => app.nest.get(RedisConnections).isUp();
async function redisGoes(): Promise<void> {
  await app.redis.crash();
  await waitFor('the loss of Redis to be noticed', () => !isUp());
}
async function redisComes(): Promise<void> {
  await app.redis.restart();
  await waitFor('the connection to Redis', isUp);
  await app.nest.get(ResultIntake).drain();
}
const stored = (name: string): Promise<Buffer> => readFile(join(app.resultsDir, id, name));

test('one is begun, continued and kept, and is there with the result that came after it', async () => {
  const bytes = randomBytes(500_000);
  await redisGoes();
  const url = await begin(
    app,
    { task_id: id, filename: 'model.zip', sha256: sha256(bytes), attempt_id: attempt },
    bytes.length,
  );
  expect((await patch(url, 0, bytes.subarray(0, 200_000))).status).toBe(204);
  expect(await offsetOf(url)).toBe(200_000);
  expect((await patch(url, 200_000, bytes.subarray(200_000))).status).toBe(204);
  expect(await about(url)).toMatchObject({ status: 'kept', offset: bytes.length, sha256: sha256(bytes) });
  expect(await offsetOf(url)).toBe(bytes.length);
  expect((await postResult(app, { task_id: id, result: {} }, attempt)).status).toBe(202);
  await redisComes();
  expect((await stored('model.zip')).equals(bytes)).toBe(true);
  expect((await app.tasks.read(id))?.status).toBe('DONE');
  expect(await openUploads(app)).toEqual([]);
});

test('a wrong digest is refused all the same', async () => {
  await redisGoes();
  const url = await begin(app, { task_id: id, filename: 'a', sha256: sha256('b') }, 1);
  expect((await patch(url, 0, 'a')).status).toBe(400);
  expect((await head(url)).status).toBe(404);
  expect(await readdir(join(app.resultsDir, '.spool/inbox')).catch(() => [])).toEqual([]);
});

test('what cannot be kept is 503, and what has come of it waits for Redis', async () => {
  const large = Buffer.alloc(2 * SPOOL_MAX_BYTES, 'x');
  const begun = await begin(app, { task_id: id, filename: 'large.bin', attempt_id: attempt }, large.length);
  expect((await patch(begun, 0, large.subarray(0, 1_100_000))).status).toBe(204);
  await redisGoes();
  expect((await create(app, { task_id: id, filename: 'more.bin' }, large.length)).status).toBe(503);
  const answer = await patch(begun, 1_100_000, large.subarray(1_100_000));
  expect([answer.status, answer.headers.get('Retry-After')]).toEqual([503, '5']);
  // All of it is here then, and asking is enough once it can be judged.
  expect((await head(begun)).status).toBe(503);
  await redisComes();
  expect(await offsetOf(begun)).toBe(large.length);
  expect(await about(begun)).toMatchObject({ status: 'created' });
  expect((await postResult(app, { task_id: id, result: {} }, attempt)).status).toBe(201);
  expect((await stored('large.bin')).equals(large)).toBe(true);
});
