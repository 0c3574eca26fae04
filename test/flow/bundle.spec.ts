/** Everything of a task as one archive, from the running service over real sockets: made while it is sent. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { get, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import type { ManifestText } from '../../src/manifests/manifest.dto';
import { Client, sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

const TOKEN = 's3cret-token-of-the-suite';
const MIB = 1024 * 1024;

describe('a bundle', () => {
  const flow = useFlow({ token: TOKEN });

  const pathOf = (id: string, query = ''): string => `/api/v1/results/${id}/bundle${query}`;

  /** A task that is done, with a result and files. */
  async function aDone(name: string, files: Readonly<Record<string, Buffer>>): Promise<string> {
    const id = await flow.api.submitOne(aTask(name).cpu(10_000));
    for (const [file, body] of Object.entries(files)) {
      const path = `/api/v1/results/${id}/files/${encodeURIComponent(file)}`;
      const answer = await flow.api.request(path, { method: 'PUT', body: new Uint8Array(body) });
      expect(answer.status).toBe(201);
    }
    const posted = await flow.api.post('/api/v1/results', { task_id: id, result: { n: 1 } });
    expect(posted.status).toBe(201);
    return id;
  }

  async function unpack(archive: Readable): Promise<Record<string, Buffer>> {
    const files: Record<string, Buffer> = {};
    const tar = extract();
    archive.pipe(createGunzip()).pipe(tar);
    for await (const entry of tar) files[entry.header.name] = await buffer(entry);
    return files;
  }

  function open(path: string): Promise<IncomingMessage> {
    const headers = { authorization: `Bearer ${TOKEN}` };
    return new Promise((resolve, reject) => {
      get(new URL(path, flow.service.url), { headers, agent: false }, resolve).on('error', reject);
    });
  }

  const descriptors = async (): Promise<number> =>
    (await readdir(`/proc/${String(flow.service.pid)}/fd`)).length;

  test('has the result and the files as they are served, and the manifest that names them', async () => {
    const model = randomBytes(3 * MIB + 17);
    const id = await aDone('模型: a/1', { 'modèle.zip': model, 'empty.txt': Buffer.alloc(0) });
    const answer = await open(pathOf(id));
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'content-type': 'application/gzip',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
    });
    expect(answer.headers).not.toHaveProperty('content-encoding');
    const filename = `-%20a-1-${id.slice(0, 8)}.tar.gz`;
    expect(answer.headers['content-disposition']).toMatch(/^attachment; filename="/);
    expect(answer.headers['content-disposition']).toContain(`filename*=UTF-8''%E6%A8%A1%E5%9E%8B${filename}`);
    const files = await unpack(answer);
    const envelope = await (await flow.api.request(`/api/v1/results/${id}`)).text();
    expect(Object.keys(files)).toEqual([
      `${id}/manifest.json`,
      `${id}/responses.json`,
      `${id}/empty.txt`,
      `${id}/modèle.zip`,
    ]);
    expect(files[`${id}/responses.json`]!.toString()).toBe(envelope);
    expect(files[`${id}/modèle.zip`]!.equals(model)).toBe(true);
    const manifest = JSON.parse(files[`${id}/manifest.json`]!.toString()) as ManifestText;
    for (const { name, sha256: digest } of manifest.files) {
      expect([name, sha256(files[`${id}/${name}`]!)]).toEqual([name, digest]);
    }
  });

  test('has the files in directories on shared storage by their paths', async () => {
    const id = await flow.api.submitOne(aTask('checkpoints').cpu(10_000));
    const directory = join(flow.resultsDir, id, 'checkpoint-500', 'x'.repeat(120));
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'model.safetensors'), 'weights');
    expect((await flow.api.post('/api/v1/results', { task_id: id, result: {} })).status).toBe(201);
    const files = await unpack(await open(pathOf(id, '?include=artifacts')));
    const path = `checkpoint-500/${'x'.repeat(120)}/model.safetensors`;
    expect(Object.keys(files)).toEqual([`${id}/manifest.json`, `${id}/${path}`]);
    expect(files[`${id}/${path}`]!.toString()).toBe('weights');
  });

  test('has the parts that were asked for', async () => {
    const id = await aDone('parts', { 'a.zip': Buffer.from('a') });
    const names = async (query: string): Promise<string[]> =>
      Object.keys(await unpack(await open(pathOf(id, query)))).map((name) => name.slice(id.length + 1));
    expect(await names('?include=results')).toEqual(['manifest.json', 'responses.json']);
    expect(await names('?include=artifacts')).toEqual(['manifest.json', 'a.zip']);
    const both = ['manifest.json', 'responses.json', 'a.zip'];
    expect(await names('?include=results,artifacts')).toEqual(both);
    expect(await names('?include=artifacts&include=results')).toEqual(both);
  });

  test.each(['?include=logs', '?include=', '?include=results,', '?include=Results'])(
    'is refused with 400 for %s',
    async (query) => {
      const answer = await flow.api.request(pathOf('whichever', query));
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ type: 'urn:orchestrator:bad-request', detail: /include/ });
    },
  );

  test('is 404 for no task, and where there is nothing to send', async () => {
    expect((await flow.api.request(pathOf('unknown'))).status).toBe(404);
    const id = await flow.api.submitOne(aTask('nothing yet').cpu(10_000));
    const answer = await flow.api.request(pathOf(id, '?include=artifacts'));
    expect(await answer.json()).toMatchObject({
      status: 404,
      detail: /none of what was asked for: artifacts/,
    });
    expect((await flow.api.post(`/api/v1/tasks/${id}/cancel`, {})).status).toBe(200);
  });

  test('is announced to HEAD, without a body', async () => {
    const id = await aDone('head', {});
    const before = await descriptors();
    const answer = await flow.api.request(pathOf(id), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
      200,
      'application/gzip',
      '',
    ]);
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="head-${id.slice(0, 8)}.tar.gz"`,
    );
    await waitFor('no descriptor more', async () => (await descriptors()) <= before);
  });

  test('needs the token or a signature for this very task', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const bundle = (id: string): string => `${flow.api.resultsUrl}/${id}/bundle?include=results`;
    const other = await aDone('other', {});
    const [first, second] = await flow.api.submitIds(
      aTask('signed')
        .deliverTo(flow.api.resultsUrl, TOKEN)
        .stages(
          { name: 'first', spec: { simulate: { result: { url: bundle(other) } } } },
          { name: 'second', spec: { echo: '${first.result.url}' } },
        ),
    );
    await flow.api.untilAll([first!, second!], 'DONE');
    const signed = String(fleet.message(second!).task.spec.echo);
    const anyone = new Client(flow.service.url);
    const statusOf = async (url: string): Promise<number> => (await anyone.request(url)).status;
    expect(await statusOf(signed)).toBe(200);
    expect(await statusOf(bundle(other))).toBe(401);
    expect(await statusOf(signed.replace(other, first!))).toBe(401);
    expect(await statusOf(signed.replace('/bundle', '/files/bundle'))).toBe(401);
    expect(await statusOf(signed.replace('/bundle', '/manifest'))).toBe(401);
  });

  describe('of 64 MiB', () => {
    const model = randomBytes(64 * MIB);
    let id: string;

    beforeAll(async () => {
      id = await aDone('large', { 'model.bin': model });
    }, 30_000);

    test('is given up when its reader goes away, with everything that was open', async () => {
      const before = await descriptors();
      const readers = await Promise.all(Array.from({ length: 5 }, () => open(pathOf(id))));
      await Promise.all(readers.map((reader) => once(reader, 'readable')));
      expect(await descriptors()).toBeGreaterThan(before);
      for (const reader of readers) reader.destroy();
      await waitFor('no descriptor more', async () => (await descriptors()) <= before);
    });

    test('breaks off when a file is changed meanwhile', async () => {
      const answer = await open(pathOf(id));
      answer.pause();
      await once(answer, 'readable');
      await truncate(join(flow.resultsDir, id, 'model.bin'), 5 * MIB);
      let bytes = 0;
      const reading = (async () => {
        for await (const chunk of answer as AsyncIterable<Buffer>) bytes += chunk.length;
      })();
      await expect(reading).rejects.toThrow(/aborted/);
      expect(bytes).toBeLessThan(64 * MIB);
      await waitFor('it to be said', () =>
        Promise.resolve(flow.service.logs().includes('a bundle was broken off')),
      );
    });
  });
});
