/** A file of 64 MiB by every way in and every way out: the same bytes, and never in memory. */
import { createCipheriv, createHash } from 'node:crypto';
import { once } from 'node:events';
import { get, type IncomingMessage, type RequestOptions } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { growthWhile } from '../helpers/memory';
import { begin, patch } from '../http/tus';

const MIB = 1024 * 1024;
const SIZE = 64 * MIB;
const GROWTH = 40 * MIB;
const NAME = 'model.bin';
const BYTES = randomBytesOf(SIZE, 'every way in, every way out');
const DIGEST = sha256(BYTES);

/** As random as any, and the same in every run. */
function randomBytesOf(size: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest();
  return createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}

async function digestOf(...streams: readonly AsyncIterable<Buffer>[]): Promise<string> {
  const hash = createHash('sha256');
  for (const stream of streams) for await (const chunk of stream) hash.update(chunk);
  return hash.digest('hex');
}

describe('64 MiB', () => {
  const flow = useFlow();
  const files = (id: string): string => `${flow.service.url}/api/v1/results/${id}/files`;

  function open(url: string, options: RequestOptions = {}): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      get(url, { ...options, agent: false }, resolve).on('error', reject);
    });
  }

  const waysIn: Readonly<Record<string, (id: string, bytes: Buffer) => Promise<void>>> = {
    async 'multipart POST'(id, bytes) {
      const form = new FormData();
      form.append('file', new Blob([bytes]), NAME);
      expect((await fetch(files(id), { method: 'POST', body: form })).status).toBe(201);
    },
    async PUT(id, bytes) {
      const body = new Uint8Array(bytes);
      expect((await fetch(`${files(id)}/${NAME}`, { method: 'PUT', body })).status).toBe(201);
    },
    /** A few parts, and the rest in one. */
    async tus(id, bytes) {
      const url = await begin(flow.service, { task_id: id, filename: NAME }, bytes.length);
      const part = bytes.length / 16;
      for (let offset = 0; offset < bytes.length;) {
        const to = offset < 4 * part ? offset + part : bytes.length;
        expect((await patch(url, offset, bytes.subarray(offset, to))).status).toBe(204);
        offset = to;
      }
    },
  };

  /** Each gives the digest of what comes out. */
  const waysOut: Readonly<Record<string, (id: string) => Promise<string>>> = {
    'GET whole': async (id) => digestOf(await open(`${files(id)}/${NAME}`)),
    async 'GET by Range where a connection was cut'(id) {
      const first = await open(`${files(id)}/${NAME}`);
      const came: Buffer[] = [];
      let size = 0;
      for await (const chunk of first as AsyncIterable<Buffer>) {
        came.push(chunk);
        size += chunk.length;
        if (size > SIZE / 3) break; // which destroys it
      }
      const headers = { range: `bytes=${String(size)}-`, 'if-range': String(first.headers.etag) };
      const rest = await open(`${files(id)}/${NAME}`, { headers });
      expect(rest.statusCode).toBe(206);
      return digestOf(asStream(came), rest);
    },
    async bundle(id) {
      const answer = await open(`${flow.service.url}/api/v1/results/${id}/bundle`);
      // It fills what buffers there are, and waits: it is made no faster than it is taken.
      answer.pause();
      await once(answer, 'readable');
      await sleep(500);
      const archive = extract();
      answer.pipe(createGunzip()).pipe(archive);
      let digest = '';
      for await (const entry of archive) {
        const found = await digestOf(entry);
        if (entry.header.name === `${id}/${NAME}`) digest = found;
      }
      return digest;
    },
  };

  /** What the process makes once, such as code, is no file that is held. */
  beforeAll(async () => {
    for (const comeIn of Object.values(waysIn)) {
      const id = await flow.api.submitOne(aTask('small').cpu(10_000));
      await comeIn(id, BYTES.subarray(0, 8 * MIB));
      for (const path of [`files/${NAME}`, 'bundle'])
        await digestOf(await open(`${flow.service.url}/api/v1/results/${id}/${path}`));
    }
  }, 60_000);

  describe.each(Object.entries(waysIn))('by %s', (_way, comeIn) => {
    let id: string;

    test('come in, in constant memory', async () => {
      id = await flow.api.submitOne(aTask('large').cpu(10_000));
      expect(await growthWhile(flow.service.pid, () => comeIn(id, BYTES))).toBeLessThan(GROWTH);
    });

    test.each(Object.entries(waysOut))(
      'come out by %s as they were, in constant memory',
      async (_how, goOut) => {
        const growth = await growthWhile(flow.service.pid, async () => {
          expect(await goOut(id)).toBe(DIGEST);
        });
        expect(growth).toBeLessThan(GROWTH);
      },
    );
  });
});

async function* asStream(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  await Promise.resolve();
  yield* chunks;
}
