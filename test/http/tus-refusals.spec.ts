// What the tus routes refuse, and how they say so.
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { json, sendRaw } from './raw';
import { begin, CAP, create, metadata, openUploads, patch, TUS, useUploads } from './tus';

let app: HttpApp;
let id: TaskId;

jest.setTimeout(60_000);
useUploads((started, task) => ([app, id] = [started, task]));

const stored = (name: string): Promise<Buffer> => readFile(join(app.resultsDir, id, name));

test('OPTIONS says what the server can do', async () => {
  const answer = await fetch(`${app.url}/api/v1/uploads`, { method: 'OPTIONS' });
  expect(answer.status).toBe(204);
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    'tus-resumable': '1.0.0',
    'tus-version': '1.0.0',
    'tus-extension': 'creation,creation-with-upload,creation-defer-length,expiration,termination,checksum',
    'tus-max-size': String(CAP),
    'tus-checksum-algorithm': 'sha1,sha256',
  });
  expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
});

describe('a creation is refused', () => {
  const good = (): Record<string, string> => ({ task_id: id, filename: 'a.bin' });

  test.each<[string, (pairs: Record<string, string>) => Record<string, string>, string]>([
    ['without task', ({ filename }) => ({ filename: filename! }), 'missing'],
    ['without name', ({ task_id }) => ({ task_id: task_id! }), 'missing'],
    ['with a task that is none', (pairs) => ({ ...pairs, task_id: '../x' }), 'malformed'],
    ['with a path for a name', (pairs) => ({ ...pairs, filename: '../../etc/passwd' }), 'separator'],
    ['with a name that is kept', (pairs) => ({ ...pairs, filename: 'responses.json' }), 'reserved'],
    [
      'with a name that begins with a dot',
      (pairs) => ({ ...pairs, filename: '.orchestrator' }),
      'leading_dot',
    ],
    ['with a NUL in the name', (pairs) => ({ ...pairs, filename: 'a\0b' }), 'control'],
    ['with a digest that is none', (pairs) => ({ ...pairs, sha256: 'abc' }), 'digest_not_understood'],
  ])('%s', async (_name, change, code) => {
    const answer = await create(app, change(good()), 3);
    expect([answer.status, (await json(answer)).errors[0].code]).toEqual([400, code]);
  });

  test.each<[string, Record<string, string>, number]>([
    ['with a name that is no UTF-8', { 'Upload-Metadata': 'task_id YQ==,filename //79' }, 400],
    ['with a key twice', { 'Upload-Metadata': 'task_id YQ==,task_id YQ==' }, 400],
    ['with a value that is no Base64', { 'Upload-Metadata': 'task_id $$$' }, 400],
    ['with a key of every object', { 'Upload-Metadata': 'constructor YQ==,__proto__ YQ==' }, 400],
    ['with an attempt that is none', { 'X-Orchestrator-Attempt': '../x' }, 400],
    ['with a length that is none', { 'Upload-Length': '-1' }, 400],
    ['with another version of the protocol', { 'Tus-Resumable': '0.2.2' }, 412],
    ['above the limit', { 'Upload-Length': String(CAP + 1) }, 413],
    ['with a compressed body', { 'Content-Encoding': 'gzip' }, 415],
    ['of a part of several', { 'Upload-Concat': 'partial' }, 501],
    ['with a method that is none', { 'X-HTTP-Method-Override': 'BREW' }, 400],
  ])('%s', async (_name, headers, status) => {
    const answer = await create(app, good(), 3, headers);
    expect([answer.status, answer.headers.get('Content-Type'), (await json(answer)).status]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
      status,
    ]);
    expect(answer.headers.get('Tus-Resumable')).toBe(
      status === 400 && 'X-HTTP-Method-Override' in headers ? null : '1.0.0',
    );
  });

  test('of an unknown task, and without saying how long', async () => {
    expect((await create(app, { task_id: 'unknown', filename: 'a' }, 3)).status).toBe(404);
    const headers = { ...TUS, 'Upload-Metadata': metadata(good()) };
    expect((await fetch(`${app.url}/api/v1/uploads`, { method: 'POST', headers })).status).toBe(400);
  });

  test('when it breaks off, since nobody has heard of it', async () => {
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(
      `POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Type: application/offset+octet-stream\r\n` +
        `Upload-Metadata: ${metadata(good())}\r\nUpload-Length: 100000\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(50_000)}`,
    );
    await waitFor('the upload to begin', async () =>
      (await openUploads(app)).some((name) => name.endsWith('.data')),
    );
    socket.destroy();
    await waitFor('nothing to be left', async () => (await openUploads(app)).length === 0);
  });
});

test('other requests are answered as everywhere', async () => {
  const url = await begin(app, { task_id: id, filename: 'a' }, 1);
  const statuses = await Promise.all([
    fetch(url, { method: 'PUT' }),
    fetch(url, { method: 'POST', headers: TUS }),
    fetch(`${app.url}/api/v1/uploads/nothing`, { method: 'HEAD', headers: TUS }),
    fetch(`${app.url}/api/v1/uploads/..%2f..%2fx`, { method: 'HEAD', headers: TUS }),
    fetch(url, { method: 'PATCH', headers: { ...TUS, 'Upload-Offset': '0' }, body: 'x' }),
    fetch(url, {
      method: 'PATCH',
      headers: { ...TUS, 'Content-Type': 'application/offset+octet-stream' },
      body: 'x',
    }),
    fetch(url, { method: 'HEAD' }),
  ]);
  expect(statuses.map(({ status }) => status)).toEqual([405, 405, 404, 400, 415, 403, 412]);
  const override = {
    ...TUS,
    'X-HTTP-Method-Override': 'PATCH',
    'Content-Type': 'application/offset+octet-stream',
  };
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...override, 'Upload-Offset': '0' },
    body: 'x',
  });
  expect(answer.status).toBe(204);
  expect((await stored('a')).toString()).toBe('x');
});

test('a connection is good for more after an early answer', async () => {
  const answers = await sendRaw(
    app.port,
    `POST /api/v1/uploads HTTP/1.1\r\nHost: x\r\nTus-Resumable: 1.0.0\r\nContent-Length: 3\r\n\r\nabc` +
      'GET /api/v1/uploads/nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n',
  );
  expect(answers.status).toBe(400);
  expect(answers.body).toContain('HTTP/1.1 404');
});

test('every route needs the token', async () => {
  const closed = await startHttpApp({ ORCHESTRATOR_TOKEN: 'secret' }, { Authorization: 'Bearer secret' });
  try {
    const task = await closed.submit();
    const token = { Authorization: 'Bearer secret' };
    const url = await begin(closed, { task_id: task, filename: 'a' }, 1, token);
    const methods = ['OPTIONS', 'HEAD', 'GET', 'PATCH', 'POST', 'DELETE'];
    const answers = await Promise.all(methods.map((method) => fetch(url, { method, headers: TUS })));
    expect(answers.map(({ status }) => status)).toEqual(methods.map(() => 401));
    expect((await create(closed, { task_id: task, filename: 'b' }, 1)).status).toBe(401);
    expect((await patch(url, 0, 'x', token)).status).toBe(204);
  } finally {
    await closed.stop();
  }
});
