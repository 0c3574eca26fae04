/** A file that is on its way to object storage when its task ends, and one of its name that comes to another replica then. */
import { type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { waitFor } from '../helpers/wait';
import { useReplicas } from './replicas';
import { hold, useReplicaBehindProxy } from './storage-proxy';

jest.setTimeout(60_000);

const replicas = useReplicas();
const proxied = useReplicaBehindProxy(replicas);

const NAME = 'late.bin';
const isFile = ({ method, url }: IncomingMessage): boolean =>
  method === 'PUT' && url?.includes(NAME) === true;
const put = (api: Client, id: string, body: string): Promise<Response> =>
  api.request(`/api/v1/results/${id}/files/${NAME}`, { method: 'PUT', body });
const bytesOf = async (id: string): Promise<string> =>
  await (await replicas.second.api.request(`/api/v1/results/${id}/files/${NAME}`)).text();

/** Both answers. The first file has its place so many milliseconds after the other one came. */
async function bothFor(id: string, afterMs: number, late: string): Promise<[first: number, late: number]> {
  const files = hold(proxied.storage, isFile);
  const first = put(proxied.slow.api, id, 'began before');
  await files.underWay();
  expect((await replicas.first.api.post('/api/v1/results', { task_id: id, result: 1 })).status).toBe(201);
  const other = put(replicas.first.api, id, late);
  await sleep(afterMs);
  files.go();
  return [(await first).status, (await other).status];
}

test.each([
  ['other bytes', 'came after', 409],
  ['the same bytes', 'began before', 200],
])('that one waits for it, and is judged after it: %s', async (_, late, status) => {
  const id = await replicas.first.api.submitOne(aTask('open'));
  expect(await bothFor(id, 200, late)).toEqual([201, status]);
  expect(await bytesOf(id)).toBe('began before');
});

test('that one is kept where it would have to wait for long, and does not replace it either', async () => {
  const id = await replicas.first.api.submitOne(aTask('open'));
  expect(await bothFor(id, 3_000, 'came after')).toEqual([201, 202]);
  await waitFor('the other one to be put aside', async () => {
    const metrics = await (await replicas.first.api.request('/metrics')).text();
    return /^orchestrator_spool_entries(\{.*\})? 0$/m.test(metrics);
  });
  expect(await bytesOf(id)).toBe('began before');
});
