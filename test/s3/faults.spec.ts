/** What object storage does wrong, and what a client is told of it: never that something is not there, or whole. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { aTask } from '../helpers/documents';
import { waitFor } from '../helpers/wait';
import { type Replica, useReplicas } from './replicas';
import { startStorageProxy, type StorageProxy } from './storage-proxy';

const FILE = randomBytes(4 * 1024 * 1024);
jest.setTimeout(120_000);

const replicas = useReplicas();
let storage: StorageProxy;
let replica: Replica;
let id: string;
beforeAll(async () => {
  storage = await startStorageProxy(replicas.objects.url);
  replica = await replicas.add({ S3_ENDPOINT: storage.url });
  id = await replica.api.submitOne(aTask('stored'));
  await replica.api.request(`/api/v1/results/${id}/files/model.bin`, { method: 'PUT', body: FILE });
  const text = 'x'.repeat(4 * 1024 * 1024);
  await replica.api.post('/api/v1/results', { task_id: id, result: { text } });
  await waitFor('the result in its place', async () => (await replicas.objects.keys('staged/')).length === 0);
}, 60_000);
afterAll(() => storage.stop());
afterEach(async () => {
  storage.set(null);
  await waitFor('the storage to be used again', async () => (await ready()).status === 200, {
    withinMs: 20_000,
  });
});

const of = (path: string): string => `/api/v1/results/${id}${path}`;
const ready = (): Promise<Response> => replica.api.request('/readyz');
/** No answer comes from the storage any more; the lines of those who wait for one close at its end. */
function muted(): { end: () => void } {
  let end = (): void => undefined;
  const silentFor = new Promise<void>((resolve) => {
    end = resolve;
  });
  storage.set(() => ({ silentFor }));
  return { end };
}

const READS = ['', '/files', '/files/model.bin', '/manifest', '/bundle'];

test.each([
  { status: 403, code: 'AccessDenied', said: 'the credentials are not those of the bucket' },
  { status: 404, code: 'NoSuchBucket', said: 'there is no such bucket' },
  { status: 500, code: 'InternalError', said: null },
  { status: 503, code: 'SlowDown', said: null },
])('$status $code is answered 503 or 202, and /readyz says why', async ({ status, code, said }) => {
  const open = await replica.api.submitOne(aTask('open'));
  storage.set(() => ({ status, code }));
  await waitFor('readiness to say so', async () => (await ready()).status === 503, { withinMs: 20_000 });
  if (said !== null) expect(await (await ready()).text()).toContain(said);
  for (const path of READS) {
    const answer = await replica.api.request(of(path));
    expect([path, answer.status]).toEqual([path, 503]);
    expect(answer.headers.get('retry-after')).not.toBeNull();
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    const { detail } = (await answer.json()) as { detail: string };
    expect(detail).toContain('object storage');
  }
  const file = await replica.api.request(`/api/v1/results/${open}/files/a.txt`, { method: 'PUT', body: 'a' });
  expect(file.status).toBe(202);
  const result = await replica.api.post('/api/v1/results', { task_id: open, result: 1 });
  expect(result.status).toBe(202);
  storage.set(null);
  await replica.api.until(open, 'DONE', { withinMs: 30_000 });
  await waitFor('the file', async () => (await replica.api.files(open)).length === 1, { withinMs: 20_000 });
});

test.each([
  ['', 'responses.json'],
  ['/files/model.bin', 'model.bin'],
  ['/bundle', 'model.bin'],
])('an answer of %p whose bytes break off in the storage ends with its connection', async (path, object) => {
  storage.set(({ method, url = '' }) =>
    method === 'GET' && url.includes(object) ? { cutAfter: 1_000_000 } : null,
  );
  const answer = await replica.api.request(of(path));
  expect(answer.status).toBe(200);
  await expect(answer.arrayBuffer()).rejects.toThrow();
  expect(replica.service.isRunning()).toBe(true);
});

test('what breaks off before anything was sent is answered 503', async () => {
  storage.set(({ method, url = '' }) =>
    method === 'GET' && url.includes(`/${id}/`) ? { cutAfter: 0 } : null,
  );
  for (const path of ['', '/files/model.bin', '/bundle']) {
    const answer = await replica.api.request(of(path));
    expect([path, answer.status]).toEqual([path, 503]);
  }
});

describe('storage that falls silent', () => {
  test('before it answers is a 503 of every reading', async () => {
    const silence = muted();
    try {
      const paths = [...READS, '/files/other.bin'];
      const answers = await Promise.all(paths.map((path) => replica.api.request(of(path))));
      expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 503));
      for (const answer of answers) expect(answer.headers.get('retry-after')).not.toBeNull();
    } finally {
      silence.end();
    }
  }, 50_000);

  test.each(['', '/files/model.bin', '/bundle'])(
    'with the first bytes of %p is a 503, later the end of the connection',
    async (path) => {
      const stop = (stopAfter: number): unknown =>
        storage.set(({ method, url = '' }) =>
          method === 'GET' && url.includes(`/${id}/`) ? { stopAfter } : null,
        );
      stop(0);
      expect((await replica.api.request(of(path))).status).toBe(503);
      stop(1_000_000);
      const answer = await replica.api.request(of(path));
      expect(answer.status).toBe(200);
      await expect(answer.arrayBuffer()).rejects.toThrow();
    },
    50_000,
  );

  test('is not a client that takes its time', async () => {
    const task = await replica.api.submitOne(aTask('large'));
    const path = `/api/v1/results/${task}/files/large.bin`;
    const size = 64 * 1024 * 1024;
    await replica.api.request(path, { method: 'PUT', body: Buffer.alloc(size) });
    const answer = await replica.api.request(path);
    let taken = 0;
    for await (const chunk of answer.body as unknown as AsyncIterable<Uint8Array>) {
      if (taken === 0) await sleep(15_000);
      taken += chunk.length;
    }
    expect(taken).toBe(size);
  });
});

test('storage that takes requests and answers none is noticed', async () => {
  const silence = muted();
  try {
    const isSaid = async (): Promise<boolean> =>
      (await (await ready()).text()).includes('it does not answer');
    await waitFor('readiness to say so', isSaid, { withinMs: 30_000 });
    expect((await ready()).status).toBe(503);
  } finally {
    silence.end();
  }
});
