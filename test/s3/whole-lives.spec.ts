/** What becomes of tasks whose results and files are in object storage: put together, resumed, aged, crashed over, swept. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { KEY } from '../../src/redis/keys';
import { sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet, workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { begin, patch } from '../http/tus';
import { useReplicas } from './replicas';
import { isPart, startStorageProxy } from './storage-proxy';

const ARM = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');
const LARGE = randomBytes(20 * 1024 * 1024);
const DAY_US = 86_400_000_000;
const PAD = 64 * 1024;
jest.setTimeout(120_000);

const replicas = useReplicas({ RESULTS_TTL_DAYS: '10', ARTIFACT_QUOTA_BYTES: '400000000' });
const url = (id: string, below = ''): string => `/api/v1/results/${id}${below}`;
const keysOf = (id: string): Promise<string[]> => replicas.objects.keys(`tasks/${id}/`);
const isEmpty = async (id: string): Promise<boolean> =>
  (await keysOf(id)).every((key) => key.includes('/.deleted~'));
const sweep = async (): Promise<void> => {
  const answer = await replicas.second.api.request('/admin/gc', { method: 'POST' });
  expect(answer.ok).toBe(true);
};

async function done(file: Uint8Array, spec: Record<string, unknown> = {}): Promise<string> {
  const { api } = replicas.first;
  const id = await api.submitOne(aTask('stored').with(spec));
  expect((await api.request(url(id, '/files/a.bin'), { method: 'PUT', body: file })).status).toBe(201);
  expect((await api.post('/api/v1/results', { task_id: id, result: 1 })).status).toBe(201);
  await waitFor('the result in its place', async () =>
    (await keysOf(id)).includes(`tasks/${id}/responses.json`),
  );
  return id;
}

/** As if it had ended so many days ago. */
async function age(id: string, days: number): Promise<void> {
  const { client } = replicas.redis;
  const at = Number(await client.hget(KEY.task + id, 'finished_at')) - days * DAY_US;
  await client.hset(KEY.task + id, 'finished_at', String(at));
  await client.zadd(KEY.ended, 'XX', at, id);
  const ttl = await client.hget(KEY.task + id, 'ttl_sec');
  if (ttl !== null) await client.zadd(KEY.expiring, 'XX', at + Number(ttl) * 1_000_000, id);
}

const statusOf = async (id: string): Promise<number> => (await replicas.first.api.request(url(id))).status;

describe('retention', () => {
  test('deletes by age, of the service or of the document', async () => {
    const ids = {
      old: await done(Buffer.from('old')),
      young: await done(Buffer.from('young')),
      short: await done(Buffer.from('short'), { output: { ttlDays: 1 } }),
      long: await done(Buffer.from('long'), { output: { ttlDays: 30 } }),
    };
    for (const [name, days] of [
      ['old', 11],
      ['young', 9],
      ['short', 2],
      ['long', 11],
    ] as const)
      await age(ids[name], days);
    await sweep();
    await waitFor('the old one to be gone', () => isEmpty(ids.old));
    await waitFor('the short-lived one to be gone', () => isEmpty(ids.short));
    const statuses = [ids.old, ids.young, ids.short, ids.long].map(statusOf);
    expect(await Promise.all(statuses)).toEqual([410, 200, 410, 200]);
    expect(await keysOf(ids.young)).toHaveLength(2);
  });

  test('makes room: what ended first goes until the rest fits', async () => {
    const { api } = await replicas.add({ ARTIFACT_QUOTA_BYTES: '45000000' });
    const ids = [await done(LARGE), await done(LARGE), await done(LARGE)];
    for (const [index, id] of ids.entries()) await age(id, 5 - index);
    expect((await api.request('/admin/gc', { method: 'POST' })).ok).toBe(true);
    await waitFor('the first to be gone', () => isEmpty(ids[0]!));
    expect(await Promise.all(ids.map(statusOf))).toEqual([410, 200, 200]);
  });
});

test.each([
  ['small', 12, 0],
  ['large', 160, PAD],
])('%s shards are put together', async (_size, count, padTo) => {
  const fleet = await Fleet.start({ redisUrl: replicas.redis.url }, workersNamed('w', 2));
  try {
    const { first, second } = replicas;
    const inputs = Array.from({ length: count }, (_, index) => index);
    const id = await first.api.submitOne(
      aTask('sharded').overItems(inputs, 2).replicas(2).simulate({ padTo }).deliverTo(first.api.resultsUrl),
    );
    await second.api.until(id, 'DONE', { withinMs: 60_000 });
    const { merged } = (await second.api.result(id)).result as { merged: { items: { input: number }[] } };
    expect(merged.items.map(({ input }) => input)).toEqual(inputs);
    await waitFor('nothing staged', async () => (await replicas.objects.keys('staged/')).length === 0);
  } finally {
    await fleet.stop();
  }
});

describe('uploads', () => {
  test.each([
    ['small', Buffer.from('resumed')],
    ['large', LARGE],
  ])('a %s resumable one ends in the bucket', async (_size, body) => {
    const { first, second } = replicas;
    const id = await first.api.submitOne(aTask('open'));
    const upload = await begin(first.service, { task_id: id, filename: 'resumed.bin' }, body.length);
    const half = Math.floor(body.length / 2);
    expect((await patch(upload, 0, body.subarray(0, half))).status).toBe(204);
    expect((await patch(upload, half, body.subarray(half))).status).toBe(204);
    const there = await second.api.request(url(id, '/files/resumed.bin'));
    expect(sha256(new Uint8Array(await there.arrayBuffer()))).toBe(sha256(body));
  });

  test('a form ends in the bucket', async () => {
    const { first, second } = replicas;
    const id = await first.api.submitOne(aTask('open'));
    const form = new FormData();
    form.append('file', new Blob(['formed']), 'formed.txt');
    const sent = await first.api.request(url(id, '/files'), { method: 'POST', body: form });
    expect(sent.status).toBe(201);
    expect(await (await second.api.request(url(id, '/files/formed.txt'))).text()).toBe('formed');
  });
});

describe('a replica that dies', () => {
  test.each(['upload.received', 'upload.staged'])('at %s leaves a whole file or none', async (point) => {
    const doomed = await replicas.add({ CRASH_AT: point }, [ARM]);
    await doomed.service.untilReady();
    const id = await replicas.first.api.submitOne(aTask('open'));
    const body = { method: 'PUT', body: LARGE };
    await doomed.api.request(url(id, '/files/a.bin'), body).catch(() => undefined);
    await waitFor('the crash', () => !doomed.service.isRunning(), { withinMs: 20_000 });
    const there = await replicas.first.api.files(id);
    expect(there.map(({ sha256: digest }) => digest)).toEqual(
      point === 'upload.staged' ? [sha256(LARGE)] : [],
    );
    const again = await replicas.first.api.request(url(id, '/files/a.bin'), body);
    expect(again.status).toBe(point === 'upload.staged' ? 200 : 201);
  });

  test('while parts of a file are sent leaves nothing to be seen, and what is left is swept', async () => {
    const { objects, first } = replicas;
    const storage = await startStorageProxy(objects.url);
    try {
      const doomed = await replicas.add({ S3_ENDPOINT: storage.url });
      const id = await first.api.submitOne(aTask('open'));
      let parts = 0;
      const never = new Promise<void>(() => undefined);
      const seen = storage.set((request) => (isPart(request) && ++parts > 1 ? { silentFor: never } : null));
      const body = { method: 'PUT', body: LARGE };
      const sent = doomed.api.request(url(id, '/files/a.bin'), body).catch(() => null);
      await waitFor('parts under way', () => seen() > 0);
      await doomed.service.kill();
      expect(await sent).toBeNull();
      expect(await objects.unfinished()).toBe(1);
      expect(await first.api.files(id)).toEqual([]);
      expect((await first.api.request(url(id, '/files/a.bin'))).status).toBe(404);
      expect(await keysOf(id)).toEqual([]);

      expect((await first.api.request(url(id, '/files/a.bin'), body)).status).toBe(201);
      const { service } = await replicas.add();
      await service.untilReady();
      expect(await objects.unfinished()).toBe(1);
      await objects.ageUploads(2 * 86_400_000);
      await replicas.add();
      await waitFor('the parts to be gone', async () => (await objects.unfinished()) === 0);
      const there = await replicas.second.api.request(url(id, '/files/a.bin'));
      expect(sha256(new Uint8Array(await there.arrayBuffer()))).toBe(sha256(LARGE));
    } finally {
      await storage.stop();
    }
  });

  test.each(['delete.begun', 'delete.hidden', 'delete.buried'])(
    'at %s leaves a deletion that others end',
    async (point) => {
      const doomed = await replicas.add({ CRASH_AT: point }, [ARM]);
      await doomed.service.untilReady();
      const id = await done(Buffer.from('doomed'));
      await doomed.api.request(url(id), { method: 'DELETE' }).catch(() => undefined);
      await waitFor('the crash', () => !doomed.service.isRunning(), { withinMs: 20_000 });
      expect(await statusOf(id)).toBe(410);
      await sweep();
      await waitFor('the objects to be gone', () => isEmpty(id), { withinMs: 20_000 });
    },
  );
});
