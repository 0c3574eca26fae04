// Uploads that nobody finishes: terminated, expired, bounded in number, left by a crash.
import { once } from 'node:events';
import { readFile, utimes, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { UploadLock } from '../../src/uploads/upload-locks';
import { UploadSweeper } from '../../src/uploads/upload-sweeper';
import { waitFor } from '../helpers/wait';
import type { HttpApp } from './app';
import { about, begin, create, head, openUploads, patch, patchHead, terminate, useUploads } from './tus';

const HOUR_MS = 3_600_000;
let app: HttpApp;
let id: TaskId;

jest.setTimeout(60_000);
useUploads((started, task) => ([app, id] = [started, task]));

describe('what is not needed any more', () => {
  test('is terminated', async () => {
    const url = await begin(app, { task_id: id, filename: 't.bin' }, 10);
    expect((await patch(url, 0, 'abc')).status).toBe(204);
    expect((await terminate(url)).status).toBe(204);
    expect([
      (await head(url)).status,
      (await terminate(url)).status,
      (await patch(url, 3, 'x')).status,
    ]).toEqual([404, 404, 404]);
  });

  test('expires: 410 for who asks, swept where nobody does; what moves stays', async () => {
    const urls = await Promise.all(
      ['a', 'b', 'c'].map((filename) => begin(app, { task_id: id, filename }, 2)),
    );
    for (const url of urls) expect((await patch(url, 0, 'x')).status).toBe(204);
    await age(urls[0]!, 3 * HOUR_MS);
    await age(urls[1]!, 3 * HOUR_MS);
    await age(urls[2]!, HOUR_MS);
    expect((await head(urls[0]!)).status).toBe(410);
    await app.nest.get(UploadSweeper).sweep();
    expect(await Promise.all(urls.map(async (url) => (await head(url)).status))).toEqual([404, 404, 200]);
    expect((await terminate(urls[2]!)).status).toBe(204);
  });

  test('ends some hours after its beginning, however it moves, and says when', async () => {
    const urls = await Promise.all(['a', 'b'].map((filename) => begin(app, { task_id: id, filename }, 3)));
    for (const [n, url] of urls.entries()) {
      expect(await hoursLeft(await patch(url, 0, 'x'))).toBeCloseTo(2, 1);
      await ageOfBeginning(url, 4 * HOUR_MS);
      expect(await hoursLeft(await patch(url, 1, 'x'))).toBeCloseTo(1, 1);
      await ageOfBeginning(url, 6 * HOUR_MS);
      if (n === 0) expect((await patch(url, 2, 'x')).status).toBe(410);
    }
    await app.nest.get(UploadSweeper).sweep();
    expect(await Promise.all(urls.map(async (url) => (await head(url)).status))).toEqual([404, 404]);
  });

  test('is cut off in the middle of a part that does not end', async () => {
    const url = await begin(app, { task_id: id, filename: 'a' }, 100);
    const socket = connect(app.port, '127.0.0.1');
    const answered = once(socket, 'data');
    socket.write(`${patchHead(url, 0, 100)}x`);
    await waitFor('the first byte', async () => (await about(url)).offset === 1);
    const clock = jest.spyOn(UploadLock.prototype, 'nowMs', 'get').mockReturnValue(Date.now() + 6 * HOUR_MS);
    socket.write('x');
    expect(String((await answered)[0])).toMatch(/^HTTP\/1.1 410 /);
    clock.mockRestore();
    socket.destroy();
    expect((await terminate(url)).status).toBe(204);
  });

  test('is swept with the locks and bytes that a crash left', async () => {
    const url = await begin(app, { task_id: id, filename: 'a' }, 2);
    expect((await patch(url, 0, 'xy')).status).toBe(204);
    const stray = url.replace(/[0-9a-f]{12}$/, '000000000000').slice(-36);
    const young = stray.replace(/^./, (first) => (first === 'f' ? 'e' : 'f'));
    for (const end of ['data', 'lock', 'wanted', 'lock.x']) {
      await touch(`${stray}.${end}`, 2 * HOUR_MS);
      await touch(`${young}.${end}`, HOUR_MS / 2);
    }
    await app.nest.get(UploadSweeper).sweep();
    expect((await openUploads(app)).filter((name) => name.startsWith(stray))).toEqual([]);
    expect(await openUploads(app)).toHaveLength(4);
    await age(url, 2 * HOUR_MS);
    for (const name of await openUploads(app)) await touch(name, 2 * HOUR_MS);
    await app.nest.get(UploadSweeper).sweep();
    // The record of a finished one goes after an hour.
    expect((await fetch(url)).status).toBe(404);
  });
});

test('no more are begun than may be open', async () => {
  const urls: string[] = [];
  for (let n = 0; n < 5; n += 1) urls.push(await begin(app, { task_id: id, filename: `f${String(n)}` }, 1));
  const refused = await create(app, { task_id: id, filename: 'f' }, 1);
  expect([refused.status, refused.headers.get('Retry-After')]).toEqual([429, '60']);
  expect((await patch(urls[0]!, 0, 'x')).status).toBe(204);
  const next = await begin(app, { task_id: id, filename: 'f' }, 1);
  for (const url of [...urls.slice(1), next]) expect((await terminate(url)).status).toBe(204);
});

/** What `Upload-Expires` says. */
async function hoursLeft(answer: Response): Promise<number> {
  if (answer.status !== 204) throw new Error(await answer.text());
  return (Date.parse(answer.headers.get('Upload-Expires') ?? '') - Date.now()) / HOUR_MS;
}

async function ageOfBeginning(url: string, byMs: number): Promise<void> {
  const path = join(app.resultsDir, '.spool/uploads', `${url.slice(-36)}.json`);
  const record = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...record, begunAtMs: Date.now() - byMs }));
}

async function age(url: string, byMs: number): Promise<void> {
  for (const end of ['data', 'json']) {
    await touch(`${url.slice(-36)}.${end}`, byMs).catch(() => undefined);
  }
}
async function touch(name: string, agoMs: number): Promise<void> {
  const path = join(app.resultsDir, '.spool/uploads', name);
  const then = new Date(Date.now() - agoMs);
  if (!name.endsWith('.json')) await writeFile(path, '', { flag: 'a' });
  await utimes(path, then, then);
}
