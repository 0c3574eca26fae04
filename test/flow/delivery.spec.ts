/** An aggregate whose document wants it elsewhere: delivered to hosts on the list, to nobody else, and never redirected. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

interface Delivered {
  path: string;
  header: string | undefined;
  body: { task_id: string; worker_id: string; result: { merged: { items: unknown[] } } };
}

describe('the aggregate of a task that delivers elsewhere', () => {
  const flow = useFlow({ env: { DELIVERY_ALLOWED_HOSTS: '127.0.0.1,allowed.invalid' } });
  const delivered: Delivered[] = [];
  let target: Server;
  let port: number;

  beforeAll(async () => {
    target = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const path = request.url ?? '';
        const body = JSON.parse(Buffer.concat(chunks).toString()) as Delivered['body'];
        delivered.push({ path, header: request.headers['x-kind'] as string | undefined, body });
        if (path === '/moved') response.writeHead(307, { Location: '/taken' }).end();
        else response.writeHead(200).end();
      });
    });
    await new Promise<void>((resolve) => target.listen(0, '127.0.0.1', resolve));
    port = (target.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => target.close(resolve)));
  beforeEach(() => delivered.splice(0));

  const run = async (url: string): Promise<string> => {
    await flow.settledWorkers(workersNamed('w', 2));
    const destination = { type: 'http', url, headers: { 'X-Kind': 'aggregate' } };
    const document = aTask('elsewhere').overItems([1, 2, 3]).with({ output: { destination } });
    const id = await flow.api.submitOne(document);
    await flow.api.until(id, 'DONE');
    return id;
  };

  test('is posted there as a worker would post it, with the headers of the document', async () => {
    const id = await run(`http://127.0.0.1:${String(port)}/taken`);
    await waitFor('the delivery', () => delivered.length === 1);
    expect(delivered[0]).toMatchObject({
      path: '/taken',
      header: 'aggregate',
      body: { task_id: id, worker_id: 'MULTI' },
    });
    expect(delivered[0]?.body.result.merged.items).toHaveLength(3);
  });

  test.each([
    ['a host that is not on the list', 'http://localhost:PORT/taken', /DELIVERY_ALLOWED_HOSTS/],
    [
      'an address that only looks different',
      'http://[::ffff:127.0.0.2]:PORT/taken',
      /DELIVERY_ALLOWED_HOSTS/,
    ],
    ['a metadata service', 'http://169.254.169.254/latest', /DELIVERY_ALLOWED_HOSTS/],
    ['a redirect', 'http://127.0.0.1:PORT/moved', /answered 307/],
  ])('is not posted to %s, and its record says so', async (_whom, url, why) => {
    const id = await run(url.replace('PORT', String(port)));
    const record = await flow.api.until(id, (task) => task.reason !== null);
    expect(record).toMatchObject({ status: 'DONE', error: null });
    expect(record.reason).toMatch(why);
    expect(delivered.filter(({ path }) => path === '/taken')).toEqual([]);
    expect((await flow.api.result(id)).metadata).toMatchObject({ aggregated: true });
  });
});
