// Uploading a file as the whole body, and digests that clients announce, over real HTTP, Redis and disk.
import { createHash, randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { json, sendRaw } from './raw';
import { digestOf, postResult, storedAs } from './requests';

const MIB = 1024 * 1024;
const CAP = 2 * MIB;
let app: HttpApp;
let id: TaskId;

jest.setTimeout(30_000);

beforeAll(async () => {
  app = await startHttpApp({ UPLOAD_MAX_BYTES: String(CAP) });
});
beforeEach(async () => {
  id = await app.submit();
});
afterAll(() => app.stop());

const hex = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const path = (name: string): string => `/api/v1/results/${id}/files/${encodeURIComponent(name)}`;
const spoolIsEmpty = async (): Promise<boolean> =>
  !(await app.files()).some((file) => file.startsWith('.spool'));

function put(name: string, body: Buffer | string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(app.url + path(name), { method: 'PUT', headers, body });
}
const read = async (name: string): Promise<string> => (await fetch(app.url + path(name))).text();

test('stores the body and answers with name, size and digest', async () => {
  const bytes = randomBytes(1_500_000);
  const answer = await put('final_model.zip', bytes, { 'Content-Digest': digestOf(bytes) });
  expect(answer.status).toBe(201);
  expect(await json(answer)).toEqual(storedAs(id, 'final_model.zip', bytes));
  expect((await readFile(join(app.resultsDir, id, 'final_model.zip'))).equals(bytes)).toBe(true);
  expect((await put('final_model.zip', bytes)).status).toBe(200);
});

test('takes an empty file', async () => {
  expect((await put('empty.txt', '')).status).toBe(201);
  expect(await read('empty.txt')).toBe('');
});

test('the last one wins until the task is done; then the same bytes are 200, others 409, new names 201', async () => {
  expect((await put('a.bin', 'one')).status).toBe(201);
  expect((await put('a.bin', 'two')).status).toBe(201);
  expect((await postResult(app, { task_id: id, result: {} })).status).toBe(201);
  expect((await put('a.bin', 'two')).status).toBe(200);
  expect((await put('a.bin', 'one')).status).toBe(409);
  expect((await put('b.bin', 'new')).status).toBe(201);
  expect(await read('a.bin')).toBe('two');
});

test('of an older attempt is 409', async () => {
  const older = await app.dispatch(id);
  await app.lose(id, older);
  await app.dispatch(id);
  expect((await put('a.bin', 'old', { 'X-Orchestrator-Attempt': older })).status).toBe(409);
});

test.each(['responses.json', '.orchestrator', 'CON', 'a%2e%2e'])('refuses the name %s', async (name) => {
  expect((await put(name, 'x')).status).toBe(400);
});

test.each<[string, Record<string, string>, number]>([
  ['a part of a file', { 'Content-Range': 'bytes 0-0/2' }, 400],
  ['a compressed body', { 'Content-Encoding': 'gzip' }, 415],
])('refuses %s', async (_name, headers, status) => {
  const answer = await put('a.bin', 'x', headers);
  expect([answer.status, (await json(answer)).status]).toEqual([status, status]);
  expect((await fetch(app.url + path('a.bin'))).status).toBe(404);
});

test('is 413 above the limit, announced or not, and 404 for an unknown task', async () => {
  expect((await put('a.bin', Buffer.alloc(CAP + 1))).status).toBe(413);
  const chunk = `${MIB.toString(16)}\r\n${'x'.repeat(MIB)}\r\n`;
  const head = `PUT ${path('a.bin')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`;
  expect((await sendRaw(app.port, `${head}${chunk.repeat(3)}0\r\n\r\n`)).status).toBe(413);
  expect(
    (await fetch(`${app.url}/api/v1/results/unknown/files/a`, { method: 'PUT', body: 'x' })).status,
  ).toBe(404);
  expect(await spoolIsEmpty()).toBe(true);
});

test('of which the end does not come leaves nothing behind', async () => {
  expect((await put('a.bin', 'whole')).status).toBe(201);
  const socket = connect(app.port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write(
    `PUT ${path('a.bin')} HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(50_000)}`,
  );
  await waitFor('the upload to begin', async () => !(await spoolIsEmpty()));
  socket.destroy();
  await waitFor('the spool to be empty', spoolIsEmpty);
  expect(await read('a.bin')).toBe('whole');
});

describe('a digest that the client announces', () => {
  const BYTES = 'checkpoint';

  test.each<[string, Record<string, string>]>([
    ['Content-Digest', { 'Content-Digest': digestOf(BYTES) }],
    ['one of several in Repr-Digest', { 'Repr-Digest': `sha-512=:AAAA:, ${digestOf(BYTES)}` }],
    ['the older Digest', { Digest: `SHA-256=${createHash('sha256').update(BYTES).digest('base64')}` }],
  ])('is compared: %s', async (_name, headers) => {
    expect((await put('a.bin', BYTES, headers)).status).toBe(201);
    const answer = await put('b.bin', `${BYTES}!`, headers);
    expect([answer.status, (await json(answer)).errors]).toEqual([
      400,
      [
        {
          path: '',
          code: 'digest_mismatch',
          message: `expected ${hex(BYTES)}, received ${hex(`${BYTES}!`)}`,
        },
      ],
    ]);
    expect((await fetch(app.url + path('b.bin'))).status).toBe(404);
    expect(await spoolIsEmpty()).toBe(true);
  });

  test('is compared when it comes after the body', async () => {
    const send = (said: string) =>
      sendRaw(
        app.port,
        `PUT ${path('t.bin')} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\nTrailer: Content-Digest\r\n\r\n` +
          `a\r\n${BYTES}\r\n0\r\nContent-Digest: ${digestOf(said)}\r\n\r\n`,
      );
    expect((await send('another')).status).toBe(400);
    expect((await send(BYTES)).status).toBe(201);
  });

  test.each(['md5=:AAAA:', 'sha-256=:AAAA:', 'sha-256', ''])('is refused when it is "%s"', async (said) => {
    const answer = await put('a.bin', BYTES, { 'Content-Digest': said });
    expect([answer.status, (await json(answer)).errors[0]]).toEqual([
      400,
      expect.objectContaining({ path: 'content-digest', code: 'digest_not_understood' }),
    ]);
  });

  test('stands in the field sha256 of a form', async () => {
    const post = (sha256: string): Promise<Response> => {
      const form = new FormData();
      form.append('sha256', sha256);
      form.append('file', new Blob([BYTES]), 'f.bin');
      return fetch(`${app.url}/api/v1/results/${id}/files`, { method: 'POST', body: form });
    };
    expect((await post(hex('another'))).status).toBe(400);
    expect((await post('abc')).status).toBe(400);
    expect((await fetch(app.url + path('f.bin'))).status).toBe(404);
    expect((await post(hex(BYTES).toUpperCase())).status).toBe(201);
    expect(await spoolIsEmpty()).toBe(true);
  });
});
