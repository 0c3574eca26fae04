/** Results on their way to object storage: their task is not held for it, and what is judged meanwhile waits for them. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';
import { useReplicas } from './replicas';
import { type Held, hold, isResult, useReplicaBehindProxy } from './storage-proxy';

const LARGE = 'x'.repeat(2 * 1024 * 1024);
jest.setTimeout(60_000);

const replicas = useReplicas();
const proxied = useReplicaBehindProxy(replicas);

const put = (api: Client, id: string, name: string): Promise<Response> =>
  api.request(`/api/v1/results/${id}/files/${name}`, { method: 'PUT', body: name });
const post = (api: Client, id: string, result: unknown): Promise<Response> =>
  api.post('/api/v1/results', { task_id: id, result });
const submit = (): Promise<string> => replicas.first.api.submitOne(aTask('open'));
const staged = (): Promise<string[]> => replicas.objects.keys('staged/');

const holdResults = (): Held => hold(proxied.storage, isResult);

test.each([
  ['small', 'small'],
  ['large', LARGE],
])('while a %s one is sent, everything else of its task goes on', async (_size, result) => {
  const id = await submit();
  const results = holdResults();
  const sent = post(proxied.slow.api, id, result);
  await results.underWay();
  expect((await put(proxied.slow.api, id, 'a.txt')).status).toBe(201);
  expect((await proxied.slow.api.task(id)).status).toBe('PENDING');
  expect((await proxied.slow.api.request(`/api/v1/results/${id}`)).status).toBe(404);
  results.go();
  expect((await sent).status).toBe(201);
  expect((await replicas.second.api.result(id)).result).toEqual(result);
  await waitFor('nothing staged', async () => (await staged()).length === 0);
});

test('those of one task are judged in the order in which they came', async () => {
  const id = await submit();
  const results = holdResults();
  const first = post(proxied.slow.api, id, LARGE);
  await results.underWay();
  const others = [post(proxied.slow.api, id, LARGE), post(proxied.slow.api, id, 'other')];
  expect((await put(proxied.slow.api, id, 'a.txt')).status).toBe(201);
  results.go();
  const answers = await Promise.all([first, ...others]);
  expect(answers.map(({ status }) => status)).toEqual([201, 200, 409]);
  await waitFor('nothing staged', async () => (await staged()).length === 0);
});

const end = {
  done: (id: string) => post(replicas.first.api, id, 'other'),
  cancelled: (id: string) => replicas.first.api.post(`/api/v1/tasks/${id}/cancel`, {}),
  deleted: async (id: string) => {
    await post(replicas.first.api, id, 'other');
    return await replicas.first.api.request(`/api/v1/results/${id}`, { method: 'DELETE' });
  },
};

test.each([
  ['done', 409],
  ['cancelled', 409],
  ['deleted', 410],
] as const)(
  'one whose task is %s meanwhile is answered %i, and nothing of it is left',
  async (how, status) => {
    const id = await submit();
    const results = holdResults();
    const sent = post(proxied.slow.api, id, LARGE);
    await results.underWay();
    expect((await end[how](id)).ok).toBe(true);
    results.go();
    expect((await sent).status).toBe(status);
    await waitFor('nothing staged', async () => (await staged()).length === 0);
  },
);

test('what Redis could not be asked about waits in the bucket; where it does not belong, it is put aside', async () => {
  const doomed = await replicas.add({ S3_ENDPOINT: proxied.storage.url });
  const [taken, refused] = [await submit(), await submit()];
  const results = holdResults();
  const sent = [post(doomed.api, taken, 'taken'), post(doomed.api, refused, LARGE)];
  await results.underWay(2);
  await replicas.redis.client.save();
  await replicas.redis.crash();
  try {
    results.go();
    expect((await Promise.all(sent)).map(({ status }) => status)).toEqual([202, 202]);
    await doomed.service.kill();
  } finally {
    await replicas.redis.restart();
  }
  await replicas.first.service.untilReady();
  const cancelled = await replicas.first.api.post(`/api/v1/tasks/${refused}/cancel`, {});
  expect(cancelled.ok).toBe(true);
  const heir = await startService({
    redisUrl: replicas.redis.url,
    resultsDir: doomed.resultsDir,
    env: replicas.objects.env,
  });
  try {
    await replicas.first.api.until(taken, 'DONE', { withinMs: 20_000 });
    const aside = join(doomed.resultsDir, '.spool/rejected');
    const names = async (): Promise<string[]> => await readdir(aside).catch(() => []);
    await waitFor('what is put aside', async () => (await names()).some((name) => name.endsWith('.json')));
    const name = (await names()).find((each) => each.endsWith('.data')) ?? '';
    expect(await readFile(join(aside, name), 'utf8')).toContain(LARGE);
    await waitFor('nothing staged', async () => (await staged()).length === 0);
  } finally {
    await heir.stop();
  }
});
