// Resumable uploads by the tus protocol, over real HTTP, Redis and disk: parts, breaks, replicas.
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startReplica } from './app';
import { closing, parseAnswer } from './raw';
import { digestOf } from './requests';
import {
  at,
  begin,
  head,
  locationOf,
  metadata,
  offsetOf,
  patch,
  sha256,
  terminate,
  TUS,
  about,
  CAP,
  patchHead,
  useUploads,
} from './tus';

const MIB = 1024 * 1024;
const HOUR_MS = 3_600_000;
let app: HttpApp;
let id: TaskId;

jest.setTimeout(60_000);
useUploads((started, task) => ([app, id] = [started, task]));

const stored = (name: string): Promise<Buffer> => readFile(join(app.resultsDir, id, name));
const visible = async (name: string): Promise<number> =>
  (await fetch(`${app.url}/api/v1/results/${id}/files/${name}`)).status;

test('a file in parts is there with its last byte, and not before', async () => {
  const bytes = randomBytes(3 * MIB);
  const url = await begin(app, { task_id: id, filename: 'model.zip', sha256: sha256(bytes) }, bytes.length);
  expect(url).toMatch(new RegExp(`^${app.url}/api/v1/uploads/[0-9a-f-]{36}$`));
  expect(await about(url)).toMatchObject({ status: 'open', offset: 0, size: bytes.length, sha256: null });
  const first = await patch(url, 0, bytes.subarray(0, MIB));
  expect([first.status, first.headers.get('Upload-Offset')]).toEqual([204, String(MIB)]);
  expect(Date.parse(first.headers.get('Upload-Expires') ?? '')).toBeGreaterThan(Date.now() + HOUR_MS);
  const asked = await head(url);
  expect(Object.fromEntries(asked.headers)).toMatchObject({
    'upload-offset': String(MIB),
    'upload-length': String(bytes.length),
    'upload-metadata': metadata({ task_id: id, filename: 'model.zip', sha256: sha256(bytes) }),
    'cache-control': 'no-store',
    'tus-resumable': '1.0.0',
  });
  expect(await visible('model.zip')).toBe(404);
  const last = await patch(url, MIB, bytes.subarray(MIB));
  expect([last.status, last.headers.get('Repr-Digest')]).toEqual([204, digestOf(bytes)]);
  expect((await stored('model.zip')).equals(bytes)).toBe(true);
  // Whoever did not hear the answer asks again.
  expect(await offsetOf(url)).toBe(bytes.length);
  expect((await patch(url, bytes.length, '')).status).toBe(204);
  expect(await about(url)).toEqual({
    upload_id: url.slice(-36),
    task_id: id,
    filename: 'model.zip',
    status: 'created',
    offset: bytes.length,
    size: bytes.length,
    sha256: sha256(bytes),
    path: `${id}/model.zip`,
  });
  expect((await terminate(url)).status).toBe(409);
});

test('the first bytes may come along, and all of them', async () => {
  const chunk = { 'Content-Type': 'application/offset+octet-stream' };
  const send = (name: string, body: string, length: number): Promise<Response> =>
    fetch(`${app.url}/api/v1/uploads/`, {
      method: 'POST',
      headers: {
        ...TUS,
        ...chunk,
        'Upload-Length': String(length),
        'Upload-Metadata': metadata({ task_id: id, filename: name }),
      },
      body,
    });
  const whole = await send('a.txt', 'whole', 5);
  expect([whole.status, whole.headers.get('Upload-Offset')]).toEqual([201, '5']);
  expect((await stored('a.txt')).toString()).toBe('whole');
  const part = await send('b.txt', 'ha', 4);
  expect([part.status, part.headers.get('Upload-Offset')]).toEqual([201, '2']);
  expect((await patch(locationOf(part), 2, 'lf')).status).toBe(204);
  expect((await stored('b.txt')).toString()).toBe('half');
});

test('an empty file is there at once', async () => {
  await begin(app, { task_id: id, filename: 'empty.txt' }, 0);
  expect((await stored('empty.txt')).length).toBe(0);
});

test('the length may come later', async () => {
  const answer = await fetch(`${app.url}/api/v1/uploads`, {
    method: 'POST',
    headers: {
      ...TUS,
      'Upload-Defer-Length': '1',
      'Upload-Metadata': metadata({ task_id: id, filename: 'd.txt' }),
    },
  });
  const url = locationOf(answer);
  expect((await patch(url, 0, 'later')).status).toBe(204);
  expect((await head(url)).headers.get('Upload-Defer-Length')).toBe('1');
  expect((await patch(url, 5, '', { 'Upload-Length': '5' })).status).toBe(204);
  expect((await stored('d.txt')).toString()).toBe('later');
});

test('what breaks off is continued where it broke', async () => {
  const bytes = randomBytes(MIB);
  const url = await begin(app, { task_id: id, filename: 'cut.bin', sha256: sha256(bytes) }, bytes.length);
  let offset = 0;
  for (const cut of [1, 70_000, 300_001]) {
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => undefined);
    const rest = bytes.subarray(offset);
    socket.write(patchHead(url, offset, rest.length));
    socket.write(rest.subarray(0, cut));
    await waitFor('the bytes to come', async () => (await about(url)).offset === offset + cut);
    // Either the connection is known to be dead, or the question itself ends what it left.
    if (cut !== 70_000) socket.destroy();
    offset += cut;
    expect(await offsetOf(url)).toBe(offset);
    socket.destroy();
  }
  expect((await patch(url, offset, bytes.subarray(offset))).status).toBe(204);
  expect((await stored('cut.bin')).equals(bytes)).toBe(true);
});

test('a part at another offset changes nothing', async () => {
  const url = await begin(app, { task_id: id, filename: 'o.txt' }, 6);
  expect((await patch(url, 0, 'abc')).status).toBe(204);
  for (const offset of [0, 2, 4]) expect((await patch(url, offset, 'xyz')).status).toBe(409);
  expect((await patch(url, 3, 'defg')).status).toBe(413);
  expect(await offsetOf(url)).toBe(3);
  expect((await patch(url, 3, 'def')).status).toBe(204);
  expect((await stored('o.txt')).toString()).toBe('abcdef');
});

test('a part that comes while another one is on its way ends that, at whichever replicas', async () => {
  const other = await startReplica(app, { UPLOAD_MAX_BYTES: String(CAP) });
  try {
    const url = await begin(app, { task_id: id, filename: 'two.txt' }, 400_000);
    let offset = 0;
    for (const later of [url, at(url, other)]) {
      const socket = connect(app.port, '127.0.0.1');
      socket.on('error', () => undefined);
      socket.write(patchHead(url, offset, 400_000 - offset) + 'a'.repeat(100_000));
      offset += 100_000;
      await waitFor('the bytes to come', async () => (await about(url)).offset === offset);
      expect((await patch(later, offset, 'b'.repeat(50_000))).status).toBe(204);
      socket.write('c'.repeat(60_000));
      offset += 50_000;
      // It is told how far it came, and no more is taken of it.
      expect(parseAnswer(await closing(socket))).toMatchObject({
        status: 204,
        headers: { 'upload-offset': String(offset - 50_000), connection: 'close' },
      });
      expect(await offsetOf(later)).toBe(offset);
    }
    expect((await patch(url, offset, 'd'.repeat(400_000 - offset))).status).toBe(204);
    expect((await stored('two.txt')).toString()).toMatch(/^a{100000}b{50000}a{100000}b{50000}d{100000}$/);
  } finally {
    await other.stop();
  }
});

test('an upload is continued at another replica, which reads again what it did not see', async () => {
  const other = await startReplica(app, { UPLOAD_MAX_BYTES: String(CAP) });
  try {
    const bytes = randomBytes(3 * MIB);
    const url = await begin(app, { task_id: id, filename: 'moved.bin', sha256: sha256(bytes) }, bytes.length);
    const there = at(url, other);
    expect((await patch(url, 0, bytes.subarray(0, MIB))).status).toBe(204);
    expect(await offsetOf(there)).toBe(MIB);
    expect((await patch(there, MIB, bytes.subarray(MIB, 2 * MIB))).status).toBe(204);
    expect((await patch(url, 2 * MIB, bytes.subarray(2 * MIB))).status).toBe(204);
    expect((await stored('moved.bin')).equals(bytes)).toBe(true);
    expect(await offsetOf(url)).toBe(bytes.length);
  } finally {
    await other.stop();
  }
});
