// What a tus upload is compared with: its digest, its task, its attempt, the checksum of a part.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { TakeUpload } from '../../src/artifacts/take-upload';
import type { TaskId } from '../../src/core/ids';
import { UploadData } from '../../src/uploads/upload-files';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startReplica } from './app';
import { json } from './raw';
import { postResult } from './requests';
import {
  at,
  begin,
  create,
  head,
  offsetOf,
  patch,
  sha256,
  terminate,
  about,
  patchHead,
  useUploads,
} from './tus';

let app: HttpApp;
let id: TaskId;

jest.setTimeout(60_000);
useUploads((started, task) => ([app, id] = [started, task]));

const stored = (name: string): Promise<Buffer> => readFile(join(app.resultsDir, id, name));
const visible = async (name: string): Promise<number> =>
  (await fetch(`${app.url}/api/v1/results/${id}/files/${name}`)).status;

describe('the whole file', () => {
  test('with another digest than announced is refused and gone', async () => {
    const url = await begin(app, { task_id: id, filename: 'w.txt', sha256: sha256('right') }, 5);
    const answer = await patch(url, 0, 'wrong');
    expect([answer.status, (await json(answer)).errors[0].code]).toEqual([400, 'digest_mismatch']);
    expect(answer.headers.get('Tus-Resumable')).toBe('1.0.0');
    expect([(await head(url)).status, await visible('w.txt')]).toEqual([404, 404]);
  });

  test('of a task that is done is taken with the same bytes and refused with others', async () => {
    const send = async (filename: string, text: string): Promise<[number, string]> => {
      const url = await begin(app, { task_id: id, filename }, text.length);
      return [(await patch(url, 0, text)).status, (await about(url)).status];
    };
    expect(await send('a.txt', 'one')).toEqual([204, 'created']);
    expect(await send('a.txt', 'two')).toEqual([204, 'created']);
    const late = await begin(app, { task_id: id, filename: 'a.txt' }, 3);
    expect((await postResult(app, { task_id: id, result: {} })).status).toBe(201);
    expect((await patch(late, 0, 'one')).status).toBe(409);
    expect((await head(late)).status).toBe(404);
    expect(await send('a.txt', 'two')).toEqual([204, 'same']);
    expect(await send('b.txt', 'new')).toEqual([204, 'created']);
    expect((await stored('a.txt')).toString()).toBe('two');
  });

  test('of an attempt is kept apart and becomes the task’s with its result', async () => {
    const attempt = await app.dispatch(id);
    const url = await begin(app, { task_id: id, filename: 'a.txt', attempt_id: attempt }, 3);
    expect((await patch(url, 0, 'abc')).status).toBe(204);
    await expect(stored('a.txt')).rejects.toThrow('ENOENT');
    expect((await postResult(app, { task_id: id, result: {} }, attempt)).status).toBe(201);
    expect((await stored('a.txt')).toString()).toBe('abc');
  });

  test('of an older attempt is refused before it is begun, and when the task moves on meanwhile', async () => {
    const older = await app.dispatch(id);
    const header = { 'X-Orchestrator-Attempt': older };
    const url = await begin(app, { task_id: id, filename: 'a.txt' }, 3, header);
    await app.lose(id, older);
    await app.dispatch(id);
    expect((await create(app, { task_id: id, filename: 'a.txt' }, 3, header)).status).toBe(409);
    expect((await patch(url, 0, 'abc')).status).toBe(409);
    expect((await head(url)).status).toBe(404);
  });

  test('of a task whose result is deleted meanwhile is refused', async () => {
    expect((await postResult(app, { task_id: id, result: {} })).status).toBe(201);
    const url = await begin(app, { task_id: id, filename: 'a.txt' }, 3);
    const deleted = await fetch(`${app.url}/api/v1/results/${id}`, { method: 'DELETE' });
    expect(deleted.ok).toBe(true);
    expect((await patch(url, 0, 'abc')).status).toBe(410);
    expect((await head(url)).status).toBe(404);
  });

  test('of a task that ends meanwhile is refused', async () => {
    const url = await begin(app, { task_id: id, filename: 'a.txt' }, 3);
    await app.cancel(id);
    expect((await patch(url, 0, 'abc')).status).toBe(409);
  });
});

test('what the disk failed to keep is brought there again before it is stored', async () => {
  const url = await begin(app, { task_id: id, filename: 'd.txt' }, 3);
  const sync = jest.spyOn(UploadData.prototype, 'sync');
  sync.mockRejectedValueOnce(new Error('the disk failed'));
  expect((await patch(url, 0, 'abc')).status).toBe(500);
  const take = jest.spyOn(app.nest.get(TakeUpload), 'take');
  expect(await offsetOf(url)).toBe(3);
  expect([sync.mock.calls.length, (await stored('d.txt')).toString()]).toEqual([2, 'abc']);
  expect(sync.mock.invocationCallOrder[1]).toBeLessThan(take.mock.invocationCallOrder[0]!);
  sync.mockRestore();
  take.mockRestore();
});

describe('a part whose checksum is announced', () => {
  const checksum = (algorithm: string, text: string): { 'Upload-Checksum': string } => ({
    'Upload-Checksum': `${algorithm} ${createHash(algorithm).update(text).digest('base64')}`,
  });

  test('is taken with it, and dropped with another', async () => {
    const url = await begin(app, { task_id: id, filename: 'c.txt', sha256: sha256('abcdef') }, 6);
    expect((await patch(url, 0, 'abc', checksum('sha1', 'abc'))).status).toBe(204);
    const answer = await patch(url, 3, 'xyz', checksum('sha256', 'def'));
    expect([answer.status, (await json(answer)).type]).toEqual([460, 'urn:orchestrator:checksum-mismatch']);
    expect(await offsetOf(url)).toBe(3);
    expect((await patch(url, 3, 'def', checksum('sha256', 'def'))).status).toBe(204);
    expect((await stored('c.txt')).toString()).toBe('abcdef');
  });

  test('is dropped with its digest: what another replica puts there counts', async () => {
    const other = await startReplica(app);
    try {
      const url = await begin(app, { task_id: id, filename: 'c.txt', sha256: sha256('abcdefghi') }, 9);
      expect((await patch(url, 0, 'abc')).status).toBe(204);
      expect((await patch(url, 3, 'xyz', checksum('sha1', 'def'))).status).toBe(460);
      // As long as what was dropped, so that nothing but its bytes tells it from that.
      expect((await patch(at(url, other), 3, 'def')).status).toBe(204);
      expect((await patch(url, 6, 'ghi')).status).toBe(204);
      expect(await about(url)).toMatchObject({ status: 'created', sha256: sha256('abcdefghi') });
    } finally {
      await other.stop();
    }
  });

  test('is dropped when it breaks off', async () => {
    const url = await begin(app, { task_id: id, filename: 'c.txt' }, 100_000);
    const socket = connect(app.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`${patchHead(url, 0, 100_000, 'Upload-Checksum: sha1 AAAA\r\n')}${'x'.repeat(50_000)}`);
    await waitFor('the bytes to come', async () => (await about(url)).offset === 50_000);
    expect(await offsetOf(url)).toBe(0);
    socket.destroy();
    expect((await terminate(url)).status).toBe(204);
  });

  test.each(['crc32 AAAA', 'sha1', ''])('is refused when it is "%s"', async (said) => {
    const url = await begin(app, { task_id: id, filename: 'c.txt' }, 3);
    expect((await patch(url, 0, 'abc', { 'Upload-Checksum': said })).status).toBe(400);
    expect(await offsetOf(url)).toBe(0);
    expect((await terminate(url)).status).toBe(204);
  });
});
