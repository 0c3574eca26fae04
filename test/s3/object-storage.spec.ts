/** Results and files in object storage, through two replicas that share nothing else. */
import { randomBytes } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join, resolve } from 'node:path';
import { S3Objects } from '../../src/artifacts/s3-objects';
import { type Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { waitFor } from '../helpers/wait';
import { useReplicas } from './replicas';
import { conflictOf, isPart, startStorageProxy } from './storage-proxy';

const ARM = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');
const PARTS = randomBytes(20 * 1024 * 1024);
/** fetch asks for no copy otherwise. */
const FRESH = { 'cache-control': 'max-age=0' };
jest.setTimeout(60_000);

const replicas = useReplicas();
const post = (api: Client, id: string, result: unknown): Promise<Response> =>
  api.post('/api/v1/results', { task_id: id, result });
const put = (api: Client, id: string, name: string, body: Uint8Array | string): Promise<Response> =>
  api.request(`/api/v1/results/${id}/files/${name}`, { method: 'PUT', body });
const get = (
  api: Client,
  id: string,
  name: string,
  headers: Record<string, string> = {},
): Promise<Response> => api.request(`/api/v1/results/${id}/files/${name}`, { headers });
const submit = (): Promise<string> => replicas.first.api.submitOne(aTask('stored'));
const settled = (id: string): Promise<unknown> =>
  waitFor(
    'the result in its place',
    async () =>
      (await replicas.objects.keys('staged/')).length === 0 &&
      (await replicas.objects.keys(`tasks/${id}/`)).includes(`tasks/${id}/responses.json`),
  );

test('a result that one replica took is read at the other, and nothing stays on a volume', async () => {
  const id = await submit();
  expect((await post(replicas.first.api, id, { answer: 42 })).status).toBe(201);
  expect((await replicas.second.api.result(id)).result).toEqual({ answer: 42 });
  expect((await replicas.second.api.task(id)).status).toBe('DONE');
  expect((await post(replicas.second.api, id, { answer: 42 })).status).toBe(200);
  expect((await post(replicas.second.api, id, { answer: 43 })).status).toBe(409);
  await settled(id);
  for (const { resultsDir } of [replicas.first, replicas.second]) {
    expect(await readdir(resultsDir)).toEqual(['.spool']);
    const parts = await readdir(join(resultsDir, '.spool'));
    expect(parts.filter((name) => name.endsWith('.part'))).toEqual([]);
  }
});

test('a large result and its ranges', async () => {
  const id = await submit();
  const text = 'x'.repeat(9 * 1024 * 1024);
  expect((await post(replicas.first.api, id, { text })).status).toBe(201);
  const whole = await replicas.second.api.request(`/api/v1/results/${id}`);
  expect(whole.status).toBe(200);
  const bytes = Buffer.from(await whole.arrayBuffer());
  expect((JSON.parse(bytes.toString()) as { result: unknown }).result).toEqual({ text });
  const part = await replicas.second.api.request(`/api/v1/results/${id}`, {
    headers: { range: 'bytes=100-199' },
  });
  expect(part.status).toBe(206);
  expect(Buffer.from(await part.arrayBuffer())).toEqual(bytes.subarray(100, 200));
});

test('a result too large for one request is copied to its place in parts', async () => {
  const storage = await startStorageProxy(replicas.objects.url);
  try {
    const { api } = await replicas.add({ S3_ENDPOINT: storage.url });
    const id = await submit();
    const isCopy = ({ headers }: IncomingMessage): boolean => headers['x-amz-copy-source'] !== undefined;
    const whole = { status: 400, code: 'InvalidRequest' };
    const refused = storage.set((request) => (isCopy(request) && !isPart(request) ? whole : null));
    const text = 'x'.repeat(130 * 1024 * 1024);
    expect((await post(api, id, { text })).status).toBe(201);
    await settled(id);
    expect(refused()).toBe(0);
    expect((await post(replicas.first.api, id, { text: 'other' })).status).toBe(409);
    const answer = await replicas.second.api.request(`/api/v1/results/${id}`);
    const { result } = (await answer.json()) as { result: { text: string } };
    expect(result.text === text).toBe(true);
    expect(await replicas.objects.unfinished()).toBe(0);
  } finally {
    await storage.stop();
  }
});

describe('files', () => {
  test('come whole from the other replica, in parts, and under conditions', async () => {
    const id = await submit();
    const { first, second } = replicas;
    const sent = await put(first.api, id, 'model.bin', PARTS);
    expect(sent.status).toBe(201);
    const whole = await get(second.api, id, 'model.bin');
    expect(whole.status).toBe(200);
    expect(sha256(new Uint8Array(await whole.arrayBuffer()))).toBe(sha256(PARTS));
    const etag = `"${sha256(PARTS)}"`;
    expect(whole.headers.get('etag')).toBe(etag);
    expect(whole.headers.get('content-disposition')).toBe('attachment; filename="model.bin"');
    const part = await get(second.api, id, 'model.bin', { range: 'bytes=5000000-' });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(
      `bytes 5000000-${String(PARTS.length - 1)}/${String(PARTS.length)}`,
    );
    expect(sha256(new Uint8Array(await part.arrayBuffer()))).toBe(sha256(PARTS.subarray(5_000_000)));
    expect((await get(second.api, id, 'model.bin', { 'if-none-match': etag, ...FRESH })).status).toBe(304);
    expect((await get(second.api, id, 'model.bin', { 'if-match': '"other"' })).status).toBe(412);
    expect((await get(second.api, id, 'model.bin', { range: 'bytes=99999999-' })).status).toBe(416);
    // What the client has is looked at before what it wants of it.
    const beyond = { 'if-none-match': etag, range: 'bytes=99999999-', ...FRESH };
    expect((await get(second.api, id, 'model.bin', beyond)).status).toBe(304);
    const [early, late] = [-3_600_000, 3_600_000].map((ms) => new Date(Date.now() + ms).toUTCString());
    expect((await get(second.api, id, 'model.bin', { 'if-unmodified-since': early! })).status).toBe(412);
    expect((await get(second.api, id, 'model.bin', { 'if-unmodified-since': late! })).status).toBe(200);
    const named = { 'if-match': etag, 'if-unmodified-since': early! };
    expect((await get(second.api, id, 'model.bin', named)).status).toBe(200);
    const head = await second.api.request(`/api/v1/results/${id}/files/model.bin`, { method: 'HEAD' });
    expect(head.headers.get('content-length')).toBe(String(PARTS.length));
    expect((await get(second.api, id, 'other.bin')).status).toBe(404);
    expect(await replicas.objects.unfinished()).toBe(0);
  });

  test('are replaced while the task is open, and not when it is done', async () => {
    const id = await submit();
    const { first, second } = replicas;
    expect((await put(first.api, id, 'a.txt', 'one')).status).toBe(201);
    expect((await put(second.api, id, 'a.txt', 'two')).status).toBe(201);
    expect((await post(first.api, id, {})).status).toBe(201);
    expect((await put(second.api, id, 'a.txt', 'two')).status).toBe(200);
    expect((await put(first.api, id, 'a.txt', 'three')).status).toBe(409);
    const late = await Promise.all([put(first.api, id, 'b.txt', 'x'), put(second.api, id, 'b.txt', 'y')]);
    expect(late.map(({ status }) => status).sort()).toEqual([201, 409]);
    expect((await second.api.files(id)).map(({ name }) => name)).toEqual(['a.txt', 'b.txt']);
    expect(await (await get(second.api, id, 'a.txt')).text()).toBe('two');
    const empty = await put(first.api, id, 'empty', '');
    expect(empty.status).toBe(201);
    expect(await (await get(second.api, id, 'empty')).text()).toBe('');
  });

  test('are in the manifest and the bundle', async () => {
    const id = await submit();
    const { first, second } = replicas;
    await put(first.api, id, 'a.txt', 'one');
    await post(first.api, id, { answer: 1 });
    const manifest = (await (await second.api.request(`/api/v1/results/${id}/manifest`)).json()) as {
      files: { name: string; sha256: string }[];
    };
    expect(manifest.files.map(({ name }) => name).sort()).toEqual(['a.txt', 'responses.json']);
    const bundle = await second.api.request(`/api/v1/results/${id}/bundle`);
    expect(bundle.status).toBe(200);
    expect((await bundle.arrayBuffer()).byteLength).toBeGreaterThan(100);
  });
});

test('what is deleted at one replica is gone everywhere', async () => {
  const id = await submit();
  await put(replicas.first.api, id, 'a.txt', 'one');
  await post(replicas.first.api, id, { answer: 1 });
  const deleted = await replicas.second.api.request(`/api/v1/results/${id}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  expect((await replicas.first.api.request(`/api/v1/results/${id}`)).status).toBe(410);
  expect((await get(replicas.first.api, id, 'a.txt')).status).toBe(410);
  const keys = await replicas.objects.keys(`tasks/${id}/`);
  expect(keys.filter((key) => !key.includes('/.deleted~'))).toEqual([]);
  expect(keys).toHaveLength(1);
});

test.each(['result.staged', 'result.committed', 'result.promoted'])(
  'a result outlives a replica that dies at %s',
  async (point) => {
    const doomed = await replicas.add({ CRASH_AT: point }, [ARM]);
    await doomed.service.untilReady();
    const id = await submit();
    await post(doomed.api, id, { answer: point }).catch(() => undefined);
    await waitFor('the crash', () => !doomed.service.isRunning(), { withinMs: 20_000 });
    if (point === 'result.staged') {
      // Nobody was told that it was taken: it is sent again.
      expect((await post(replicas.first.api, id, { answer: point })).status).toBe(201);
    }
    expect((await replicas.first.api.result(id)).result).toEqual({ answer: point });
    expect((await replicas.second.api.task(id)).status).toBe('DONE');
  },
);

test('a conflict with another write is no file that is there: the write is done again', async () => {
  const storage = await startStorageProxy(replicas.objects.url);
  try {
    const { api } = await replicas.add({ S3_ENDPOINT: storage.url });
    const id = await submit();
    expect((await post(api, id, {})).status).toBe(201);
    await settled(id);
    const seen = storage.set(conflictOf(2));
    expect((await put(api, id, 'late.txt', 'one')).status).toBe(201);
    expect(seen()).toBe(2);
    storage.set(conflictOf(1));
    expect((await put(replicas.first.api, id, 'other.txt', 'one')).status).toBe(201);
    expect((await put(api, id, 'other.txt', 'two')).status).toBe(409);
    // One that lasts is to be tried again, and nothing is said of what is there.
    storage.set(conflictOf(1_000));
    expect((await put(api, id, 'never.txt', 'one')).status).toBe(202);
    storage.set(null);
    await waitFor('the file', async () => (await get(api, id, 'never.txt')).status === 200);
    const once = storage.set(conflictOf(1));
    expect((await put(api, id, 'large.bin', PARTS)).status).toBe(201);
    expect(once()).toBe(1);
    expect(await replicas.objects.unfinished()).toBe(0);
  } finally {
    await storage.stop();
  }
});

/** What the service has of the bucket, in this process. */
function direct(): S3Objects {
  const { env, url: endpoint } = replicas.objects;
  Object.assign(process.env, env);
  return new S3Objects({ bucket: 'results', endpoint, region: 'us-east-1', forcePathStyle: true });
}

test('a copy in parts replaces nothing where it must not', async () => {
  const { objects } = replicas;
  await objects.put('from', 'from');
  await objects.put('to', 'to');
  const [from, to] = ['of/orchestrator/from', 'of/orchestrator/to'] as const;
  const as = { contentType: 'text/plain', metadata: {} };
  const copy = (onlyNew: boolean): Promise<void> => direct().copy(from, 1e12, to, { ...as, onlyNew });
  await expect(copy(true)).rejects.toMatchObject({ $metadata: { httpStatusCode: 412 } });
  expect((await direct().head(to)).size).toBe(2);
  await copy(false);
  expect((await direct().head(to)).size).toBe(4);
  expect(await objects.unfinished()).toBe(0);
});

test('uploads that were never finished are removed, also those beyond a page', async () => {
  const { objects } = replicas;
  await objects.begin(1_005);
  const all = direct();
  expect(await all.abortUploads('of/orchestrator/', new Date(Date.now() + 60_000))).toBe(1_005);
  expect(await objects.unfinished()).toBe(0);
});

test('while the storage is away results are kept, reading says so, and all of it comes back', async () => {
  const { first, second } = replicas;
  const [early, late] = [await submit(), await submit()];
  await post(first.api, early, { answer: 1 });
  await settled(early);
  await replicas.objects.crash();
  try {
    expect((await post(first.api, late, { answer: 2 })).status).toBe(202);
    const read = await second.api.request(`/api/v1/results/${early}`);
    expect(read.status).toBe(503);
    expect(read.headers.get('retry-after')).not.toBeNull();
    await waitFor('readiness to say so', async () => (await first.api.request('/readyz')).status === 503, {
      withinMs: 20_000,
    });
  } finally {
    await replicas.objects.restart();
  }
  await second.api.until(late, 'DONE', { withinMs: 20_000 });
  expect((await second.api.result(late)).result).toEqual({ answer: 2 });
});
