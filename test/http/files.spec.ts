// Uploading, listing and downloading files, over real HTTP, Redis and disk.
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { json, sendRaw } from './raw';
import { digestOf, storedAs } from './requests';

const MIB = 1024 * 1024;
const CAP = 2 * MIB;
const BOUNDARY = 'c0ffee';
let app: HttpApp;

jest.setTimeout(30_000);

beforeAll(async () => {
  app = await startHttpApp({ UPLOAD_MAX_BYTES: String(CAP) });
});
afterAll(() => app.stop());

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const url = (id: string, name = ''): string =>
  `${app.url}/api/v1/results/${id}/files${name === '' ? '' : `/${name}`}`;
const spoolIsEmpty = async (): Promise<boolean> =>
  !(await app.files()).some((path) => path.startsWith('.spool'));

function part(name: string, filename: string, bytes: Buffer | string): Buffer {
  const disposition = `Content-Disposition: form-data; name="${name}"; filename="${filename}"`;
  return Buffer.concat([
    Buffer.from(`--${BOUNDARY}\r\n${disposition}\r\nContent-Type: application/zip\r\n\r\n`),
    Buffer.from(bytes),
    Buffer.from('\r\n'),
  ]);
}
const form = (...parts: Buffer[]): Buffer => Buffer.concat([...parts, Buffer.from(`--${BOUNDARY}--\r\n`)]);

function send(id: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Response> {
  const type = `multipart/form-data; boundary=${BOUNDARY}`;
  return fetch(url(id), { method: 'POST', headers: { 'Content-Type': type, ...headers }, body });
}
const upload = (
  id: string,
  name: string,
  bytes: Buffer | string,
  headers: Record<string, string> = {},
): Promise<Response> => send(id, form(part('file', name, bytes)), headers);

async function finish(id: TaskId): Promise<void> {
  const answer = await fetch(`${app.url}/api/v1/results`, {
    method: 'POST',
    body: JSON.stringify({ task_id: id, result: {} }),
  });
  expect(answer.status).toBe(201);
}

describe('uploading', () => {
  test('stores the bytes and answers with name, size and digest', async () => {
    const id = await app.submit();
    const bytes = randomBytes(1_500_000);
    const answer = await upload(id, 'final_model.zip', bytes);
    expect(answer.status).toBe(201);
    expect(await json(answer)).toEqual(storedAs(id, 'final_model.zip', bytes));
    expect((await readFile(join(app.resultsDir, id, 'final_model.zip'))).equals(bytes)).toBe(true);
  });

  test.each(['application/json', 'multipart/form-data', 'text/plain; charset=utf-8', ''])(
    'works under the wrong Content-Type "%s" of older workers',
    async (type) => {
      const id = await app.submit();
      const bytes = randomBytes(300_000);
      const answer = await upload(id, 'final_lora.tar.gz', bytes, { 'Content-Type': type });
      expect([answer.status, (await json(answer)).sha256]).toEqual([201, sha256(bytes)]);
      const small = await upload(id, 'small.txt', 'x', { 'Content-Type': type });
      expect(small.status).toBe(201);
    },
  );

  test('before the end of the task the last complete upload of a name wins', async () => {
    const id = await app.submit();
    expect((await upload(id, 'a.bin', 'one')).status).toBe(201);
    expect((await upload(id, 'a.bin', 'one')).status).toBe(200);
    expect((await upload(id, 'a.bin', 'two')).status).toBe(201);
    expect(await (await fetch(url(id, 'a.bin'))).text()).toBe('two');
  });

  test('after it new names are taken, the same bytes are 200, others 409', async () => {
    const id = await app.submit();
    await upload(id, 'a.bin', 'one');
    await finish(id);
    expect((await upload(id, 'a.bin', 'one')).status).toBe(200);
    expect((await upload(id, 'a.bin', 'two')).status).toBe(409);
    expect((await upload(id, 'b.bin', 'new')).status).toBe(201);
    expect(await (await fetch(url(id, 'a.bin'))).text()).toBe('one');
  });

  test('of an older attempt is 409, also after the end', async () => {
    const id = await app.submit();
    const older = await app.dispatch(id);
    await app.lose(id, older);
    const newer = await app.dispatch(id);
    const header = 'X-Orchestrator-Attempt';
    expect((await upload(id, 'a.bin', 'old', { [header]: older })).status).toBe(409);
    expect((await upload(id, 'a.bin', 'new', { [header]: newer })).status).toBe(201);
    await finish(id);
    expect((await upload(id, 'b.bin', 'old', { [header]: older })).status).toBe(409);
    expect((await upload(id, 'b.bin', 'x', { [header]: 'no id!' })).status).toBe(400);
  });

  test('is 404 for an unknown task, and 409 for one that failed or was cancelled', async () => {
    expect((await upload('unknown', 'a.bin', 'x')).status).toBe(404);
    const failed = await app.submit();
    await app.fail(failed);
    expect((await upload(failed, 'a.bin', 'x')).status).toBe(409);
    const cancelled = await app.submit();
    await app.cancel(cancelled);
    expect((await upload(cancelled, 'a.bin', 'x')).status).toBe(409);
  });

  test('of just as many bytes as allowed is taken, of one more 413', async () => {
    const id = await app.submit();
    expect((await upload(id, 'fits.bin', Buffer.alloc(CAP))).status).toBe(201);
    const answer = await upload(id, 'over.bin', Buffer.alloc(CAP + 1));
    expect([answer.status, (await json(answer)).type]).toEqual([413, 'urn:orchestrator:too-large']);
    await waitFor('an empty spool', spoolIsEmpty);
    expect((await fetch(url(id, 'over.bin'))).status).toBe(404);
  });

  test.each<[string, () => Buffer, number]>([
    [
      '10,000 parts',
      (): Buffer => form(...Array.from({ length: 10_000 }, (_, n) => field(`f${String(n)}`, 'x'))),
      400,
    ],
    ['an empty field name', (): Buffer => form(part('', 'a.bin', 'x')), 400],
    ['a text field without a name', (): Buffer => form(field('', 'x'), part('file', 'a.bin', 'x')), 400],
    ['another field', (): Buffer => form(part('other', 'a.bin', 'x')), 400],
    ['two files', (): Buffer => form(part('file', 'a.bin', 'x'), part('file', 'b.bin', 'y')), 400],
    ['no file', (): Buffer => form(field('note', 'x')), 400],
    ['no parts', (): Buffer => form(), 400],
    ['a huge field', (): Buffer => form(field('note', 'x'.repeat(100_000)), part('file', 'a.bin', 'x')), 400],
    ['a body that breaks off', (): Buffer => part('file', 'a.bin', 'x'.repeat(100_000)), 400],
    ['no multipart at all', (): Buffer => Buffer.from('{"file": "x"}'), 400],
    ['nothing', (): Buffer => Buffer.alloc(0), 400],
    ['a NUL in a name', (): Buffer => form(part('file', 'a\u0000b', 'x')), 400],
  ])('of %s is refused and leaves nothing', async (_name, body, status) => {
    const id = await app.submit();
    const before = await app.files();
    const answer = await send(id, body());
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    await waitFor('an empty spool', spoolIsEmpty);
    expect(await app.files()).toEqual(before);
  });

  test('that is cut off in the middle leaves nothing, and no descriptor', async () => {
    const id = await app.submit();
    const before = await openDescriptors();
    for (let round = 0; round < 10; round += 1) {
      const socket = connect(app.port, '127.0.0.1');
      const length = `Content-Type: multipart/form-data; boundary=${BOUNDARY}\r\nContent-Length: 1500000`;
      socket.write(`POST /api/v1/results/${id}/files HTTP/1.1\r\nHost: x\r\n${length}\r\n\r\n`);
      socket.write(part('file', 'cut.bin', Buffer.alloc(500_000)));
      await waitFor('a file in the spool', async () => !(await spoolIsEmpty()));
      socket.destroy();
    }
    await waitFor('an empty spool', spoolIsEmpty);
    await waitFor('the descriptors to be closed', async () => (await openDescriptors()) <= before + 2);
    expect((await fetch(url(id, 'cut.bin'))).status).toBe(404);
  });

  test.each([
    '../up.bin',
    '..\\x',
    'a/b',
    'C:x',
    'CON',
    'nul.txt',
    'a.',
    'a ',
    '.hidden',
    'a\u202Egpj.exe',
    '．．／x',
    'responses.json',
    'Manifest.JSON',
    'x'.repeat(300),
    'a%2fb',
    'tab\there',
    '..',
  ])('under the name %j is 400', async (name) => {
    const id = await app.submit();
    const answer = await upload(id, name, 'x');
    expect([answer.status, (await json(answer)).errors[0].path]).toEqual([400, 'filename']);
    expect((await app.files()).filter((path) => path.startsWith(id))).toEqual([]);
  });

  test.each(['model v2 (final).zip', 'modèle-日本.zip', 'a.b.c', '50%.txt', "it's"])(
    'under the name %j works both ways',
    async (name) => {
      const id = await app.submit();
      expect((await upload(id, name, 'x')).status).toBe(201);
      expect(await (await fetch(url(id, encodeURIComponent(name)))).text()).toBe('x');
    },
  );

  test('is 409 where a directory of that name is in the way', async () => {
    const id = await app.submit();
    await mkdir(join(app.resultsDir, id, 'final_model'), { recursive: true });
    expect((await upload(id, 'final_model', 'x')).status).toBe(409);
    await waitFor('an empty spool', spoolIsEmpty);
  });

  test('puts a file in place of a planted link, not through it', async () => {
    const id = await app.submit();
    const outside = join(app.resultsDir, 'outside.txt');
    await writeFile(outside, 'mine');
    await mkdir(join(app.resultsDir, id));
    await symlink(outside, join(app.resultsDir, id, 'a.bin'));
    expect((await upload(id, 'a.bin', 'theirs')).status).toBe(201);
    expect(await readFile(outside, 'utf8')).toBe('mine');
  });
});

describe('downloading', () => {
  const BYTES = Buffer.from('0123456789');
  const DIGEST = digestOf(BYTES);
  let id: TaskId;
  beforeAll(async () => {
    id = await app.submit();
    await upload(id, 'digits.html', BYTES);
  });

  test('gives the file as a harmless attachment with its digest', async () => {
    const answer = await fetch(url(id, 'digits.html'));
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-length': '10',
      'content-type': 'text/html; charset=utf-8',
      'content-disposition': 'attachment; filename="digits.html"',
      'content-security-policy': "default-src 'none'; sandbox",
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      etag: `"${sha256(BYTES)}"`,
      'content-digest': DIGEST,
      'repr-digest': DIGEST,
    });
    expect(await answer.text()).toBe('0123456789');
  });

  test('says of a part only what the whole is', async () => {
    const answer = await fetch(url(id, 'digits.html'), { headers: { Range: 'bytes=2-4' } });
    expect(answer.headers.get('repr-digest')).toBe(DIGEST);
    expect(answer.headers.get('content-digest')).toBeNull();
  });

  test.each([
    ['model.zip', 'application/zip'],
    ['metrics.json', 'application/json; charset=utf-8'],
    ['weights.safetensors', 'application/octet-stream'],
    ['no-ending', 'application/octet-stream'],
  ])('gives %s as %s', async (name, type) => {
    await upload(id, name, 'x');
    expect((await fetch(url(id, name))).headers.get('content-type')).toBe(type);
  });

  test.each([
    ['modèle €.zip', `filename="mod_le _.zip"; filename*=UTF-8''mod%C3%A8le%20%E2%82%AC.zip`],
    // Sent as Latin-1, it would be read as UTF-8 by one client and as it is by another.
    ['modèle.zip', `filename="mod_le.zip"; filename*=UTF-8''mod%C3%A8le.zip`],
    ["è's (1).zip", `filename="_'s (1).zip"; filename*=UTF-8''%C3%A8%27s%20%281%29.zip`],
    ["it's 100% (1).zip", `filename="it's 100% (1).zip"`],
  ])(
    'called %s has a name that every client can read, and one for those that know UTF-8',
    async (name, want) => {
      await upload(id, name, 'x');
      const answer = await fetch(url(id, encodeURIComponent(name)));
      expect(answer.headers.get('content-disposition')).toBe(`attachment; ${want}`);
    },
  );

  test.each<[string, Record<string, string>, number, string]>([
    ['the middle', { Range: 'bytes=2-4' }, 206, '234'],
    ['the end', { Range: 'bytes=-3' }, 206, '789'],
    ['a fresh If-Range', { Range: 'bytes=0-0', 'If-Range': `"${sha256(BYTES)}"` }, 206, '0'],
    ['a stale If-Range', { Range: 'bytes=0-0', 'If-Range': '"other"' }, 200, '0123456789'],
    // Told so, fetch leaves its own `Cache-Control: no-cache` away, which would ask for the whole file.
    [
      'its own digest as If-None-Match',
      { 'If-None-Match': `"${sha256(BYTES)}"`, 'Cache-Control': 'max-age=0' },
      304,
      '',
    ],
    ['another digest as If-None-Match', { 'If-None-Match': '"other"' }, 200, '0123456789'],
  ])('answers to %s', async (_name, headers, status, text) => {
    const answer = await fetch(url(id, 'digits.html'), { headers });
    expect([answer.status, await answer.text()]).toEqual([status, text]);
  });

  test.each<[Record<string, string>, number]>([
    [{ Range: 'bytes=50-60' }, 416],
    [{ 'If-Match': '"other"' }, 412],
  ])('refuses %j with problem+json', async (headers, status) => {
    const answer = await fetch(url(id, 'digits.html'), { headers });
    expect([answer.status, answer.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(answer.headers.get('content-disposition')).toBeNull();
    expect((await json(answer)).status).toBe(status);
  });

  test('answers HEAD with all headers and no body', async () => {
    const answer = await fetch(url(id, 'digits.html'), { method: 'HEAD' });
    expect([answer.status, answer.headers.get('content-length'), await answer.text()]).toEqual([
      200,
      '10',
      '',
    ]);
  });

  test('is 404 for links, directories and what is not there', async () => {
    await symlink('/etc/hostname', join(app.resultsDir, id, 'link.txt'));
    await mkdir(join(app.resultsDir, id, 'folder'));
    for (const name of ['link.txt', 'folder', 'nothing'])
      expect((await fetch(url(id, name))).status).toBe(404);
    expect((await fetch(url('unknown', 'a.bin'))).status).toBe(404);
  });

  test('is 400 for names that are none', async () => {
    for (const name of ['responses.json', '.orchestrator', 'CON', '%E2%80%AEx']) {
      expect((await fetch(url(id, name))).status).toBe(400);
    }
  });
});

describe('listing', () => {
  test('has an empty list for a task without files, and 404 for no task', async () => {
    expect(await json(await fetch(url(await app.submit())))).toEqual([]);
    expect((await fetch(url('unknown'))).status).toBe(404);
  });
});

test('a path that reaches out is 400 whichever way it is written', async () => {
  for (const name of [
    '../../etc/passwd',
    '%2e%2e%2fetc',
    '%252e%252e%252f',
    'a%00b',
    '%c0%ae',
    '%zz',
    '..%5cx',
    'a%2F..%2Fb',
  ]) {
    const answer = await sendRaw(
      app.port,
      `GET /api/v1/results/x/files/${name} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect([name, answer.status, answer.headers['content-type']]).toEqual([
      name,
      400,
      'application/problem+json; charset=utf-8',
    ]);
  }
});

function field(name: string, value: string): Buffer {
  return Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`);
}

async function openDescriptors(): Promise<number> {
  // Where the system does not say, the test of remains has to do.
  return await readdir('/proc/self/fd').then(
    (names) => names.length,
    () => 0,
  );
}
