/** Large files on their way to object storage: their task is not held for it, and what loses leaves nothing there. */
import { randomBytes } from 'node:crypto';
import { type Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet } from '../helpers/fleet';
import { useReplicas } from './replicas';
import { type Held, hold, isPart, useReplicaBehindProxy } from './storage-proxy';

const [LARGE, OTHER] = [randomBytes(20 * 1024 * 1024), randomBytes(20 * 1024 * 1024)];
jest.setTimeout(60_000);

const replicas = useReplicas();
const proxied = useReplicaBehindProxy(replicas);

const put = (api: Client, id: string, name: string, body: Uint8Array | string): Promise<Response> =>
  api.request(`/api/v1/results/${id}/files/${name}`, { method: 'PUT', body });
const bytesOf = async (id: string, name: string): Promise<string> => {
  const answer = await replicas.second.api.request(`/api/v1/results/${id}/files/${name}`);
  return sha256(new Uint8Array(await answer.arrayBuffer()));
};
const submit = (): Promise<string> => replicas.first.api.submitOne(aTask('large'));
const post = (id: string): Promise<Response> =>
  proxied.slow.api.post('/api/v1/results', { task_id: id, result: 1 });

const holdParts = (): Held => hold(proxied.storage, isPart);

test('while its bytes are sent, everything else of its task goes on, and nothing of it is seen', async () => {
  const id = await submit();
  const parts = holdParts();
  const sent = put(proxied.slow.api, id, 'large.bin', LARGE);
  await parts.underWay();
  expect((await put(proxied.slow.api, id, 'small.txt', 'small')).status).toBe(201);
  expect((await proxied.slow.api.files(id)).map(({ name }) => name)).toEqual(['small.txt']);
  expect((await post(id)).status).toBe(201);
  expect((await proxied.slow.api.task(id)).status).toBe('DONE');
  parts.go();
  expect((await sent).status).toBe(201);
  expect(await bytesOf(id, 'large.bin')).toBe(sha256(LARGE));
  expect(await replicas.objects.unfinished()).toBe(0);
});

test('the last that is whole wins while the task is open, whichever began first', async () => {
  const id = await submit();
  const parts = holdParts();
  const sent = put(proxied.slow.api, id, 'model.bin', LARGE);
  await parts.underWay();
  expect((await put(replicas.first.api, id, 'model.bin', OTHER)).status).toBe(201);
  parts.go();
  expect((await sent).status).toBe(201);
  expect(await bytesOf(id, 'model.bin')).toBe(sha256(LARGE));
});

test('of a task that has ended meanwhile: the same bytes are there, others are refused, and nothing is left', async () => {
  const id = await submit();
  const parts = holdParts();
  const late = [put(proxied.slow.api, id, 'model.bin', LARGE), put(proxied.slow.api, id, 'model.bin', OTHER)];
  await parts.underWay();
  expect((await put(replicas.first.api, id, 'model.bin', OTHER)).status).toBe(201);
  expect((await post(id)).status).toBe(201);
  parts.go();
  expect((await Promise.all(late)).map(({ status }) => status)).toEqual([409, 200]);
  expect(await bytesOf(id, 'model.bin')).toBe(sha256(OTHER));
  expect(await replicas.objects.unfinished()).toBe(0);
});

test('of a task that is deleted meanwhile nothing comes back', async () => {
  const id = await submit();
  expect((await post(id)).status).toBe(201);
  const parts = holdParts();
  const late = put(proxied.slow.api, id, 'model.bin', LARGE);
  await parts.underWay();
  const deleted = await replicas.first.api.request(`/api/v1/results/${id}`, { method: 'DELETE' });
  expect(deleted.status).toBe(204);
  parts.go();
  expect((await late).status).toBe(410);
  const keys = await replicas.objects.keys(`tasks/${id}/`);
  expect(keys.filter((key) => !key.includes('/.deleted~'))).toEqual([]);
  expect(await replicas.objects.unfinished()).toBe(0);
});

test('of an attempt that has won meanwhile, a file goes on to where those of a task that is done are', async () => {
  const fleet = await Fleet.start({ redisUrl: replicas.redis.url }, [{ id: 'w' }]);
  try {
    const id = await replicas.first.api.submitOne(
      aTask('won').deliverTo(replicas.first.api.resultsUrl).simulate({ gate: 'end', sign: true }),
    );
    const { message } = await fleet.seen('received', { task_id: id });
    const parts = holdParts();
    const sent = proxied.slow.api.request(`/api/v1/results/${id}/files/model.bin`, {
      method: 'PUT',
      body: LARGE,
      headers: { 'X-Orchestrator-Attempt': message?.attempt_id ?? '' },
    });
    await parts.underWay();
    fleet.open('end');
    await replicas.second.api.until(id, 'DONE', { withinMs: 20_000 });
    parts.go();
    expect((await sent).status).toBe(201);
    expect(await replicas.objects.keys(`tasks/${id}/files/`)).toEqual([`tasks/${id}/files/model.bin`]);
    expect(await replicas.objects.keys(`tasks/${id}/attempts/`)).toEqual([]);
    expect(await bytesOf(id, 'model.bin')).toBe(sha256(LARGE));
    expect(await replicas.objects.unfinished()).toBe(0);
  } finally {
    await fleet.stop();
  }
});
