// How much open uploads may take together, and what becomes of those that their task would refuse by now.
import { readFile, utimes } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { TaskId } from '../../src/core/ids';
import { UploadSweeper } from '../../src/uploads/upload-sweeper';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp, startReplica } from './app';
import { json } from './raw';
import {
  at,
  begin,
  create,
  head,
  locationOf,
  metadata,
  offsetOf,
  openUploads,
  patch,
  patchHead,
  terminate,
  TUS,
} from './tus';

const ROOM = { OPEN_UPLOADS_MAX_BYTES: '1000' };
let app: HttpApp;
let id: TaskId;

jest.setTimeout(60_000);
beforeAll(async () => {
  app = await startHttpApp(ROOM);
});
beforeEach(async () => {
  id = await app.submit();
});
afterEach(async () => {
  expect(await openUploads(app)).toEqual([]);
});
afterAll(() => app.stop());

const pairs = (filename: string): Record<string, string> => ({ task_id: id, filename });

/** Begins an upload of which nobody says how long it will be. */
async function beginDeferred(filename: string): Promise<string> {
  const headers = { ...TUS, 'Upload-Defer-Length': '1', 'Upload-Metadata': metadata(pairs(filename)) };
  return locationOf(await fetch(`${app.url}/api/v1/uploads`, { method: 'POST', headers }));
}

async function age(url: string): Promise<void> {
  const then = new Date(Date.now() - 25 * 3_600_000);
  for (const end of ['data', 'json'])
    await utimes(join(app.resultsDir, '.spool/uploads', `${url.slice(-36)}.${end}`), then, then);
}

test('what is announced has its room, until it is terminated or stored', async () => {
  const first = await begin(app, pairs('a'), 600);
  const refused = await create(app, pairs('b'), 401);
  expect(refused.status).toBe(507);
  expect((await json(refused)).detail).toContain('at most 1000 bytes together (OPEN_UPLOADS_MAX_BYTES)');
  const second = await begin(app, pairs('b'), 400);
  expect((await create(app, pairs('c'), 1)).status).toBe(507);
  expect((await terminate(first)).status).toBe(204);
  const third = await begin(app, pairs('c'), 600);
  expect((await patch(second, 0, 'x'.repeat(400))).status).toBe(204);
  expect((await terminate(await begin(app, pairs('d'), 400))).status).toBe(204);
  expect((await terminate(third)).status).toBe(204);
});

test('of many that begin at once, no more than fit', async () => {
  const answers = await Promise.all(['a', 'b', 'c', 'd'].map((name) => create(app, pairs(name), 400)));
  expect(answers.map(({ status }) => status).sort()).toEqual([201, 201, 507, 507]);
  for (const answer of answers) if (answer.status === 201) await terminate(locationOf(answer));
});

test('what one replica takes, another counts', async () => {
  const other = await startReplica(app, ROOM);
  try {
    const url = await begin(app, pairs('a'), 700);
    expect((await create(other, pairs('b'), 400)).status).toBe(507);
    expect((await terminate(at(url, other))).status).toBe(204);
    expect((await terminate(await begin(app, pairs('b'), 400))).status).toBe(204);
  } finally {
    await other.stop();
  }
});

test('where the length is deferred, what comes is refused when it does not fit; what had come stays', async () => {
  const url = await beginDeferred('a');
  expect((await patch(url, 0, 'x'.repeat(300))).status).toBe(204);
  const other = await begin(app, pairs('b'), 500);
  expect((await patch(url, 300, 'x'.repeat(201))).status).toBe(507);
  expect(await offsetOf(url)).toBe(300);
  expect((await patch(url, 300, '', { 'Upload-Length': '501' })).status).toBe(507);
  expect((await create(app, pairs('c'), 201)).status).toBe(507);
  expect((await terminate(other)).status).toBe(204);
  expect((await patch(url, 300, 'x'.repeat(201), { 'Upload-Length': '501' })).status).toBe(204);
});

describe('the sweep', () => {
  const sweep = (): Promise<void> => app.nest.get(UploadSweeper).sweep();

  test.each<[string, (task: TaskId) => Promise<unknown>]>([
    ['has failed', (task) => app.fail(task)],
    ['was cancelled', (task) => app.cancel(task)],
    [
      'was deleted',
      async (task) => {
        await app.cancel(task);
        await fetch(`${app.url}/api/v1/results/${task}`, { method: 'DELETE' });
      },
    ],
  ])('removes what is for a task that %s', async (_what, end) => {
    const gone = await begin(app, pairs('a'), 10);
    expect((await patch(gone, 0, 'abc')).status).toBe(204);
    const stays = await begin(app, { task_id: await app.submit(), filename: 'a' }, 10);
    await end(id);
    await sweep();
    expect([(await head(gone)).status, (await head(stays)).status]).toEqual([404, 200]);
    expect((await terminate(stays)).status).toBe(204);
  });

  test('removes what is of an attempt that another one has overtaken', async () => {
    const attempt = await app.dispatch(id);
    const url = await begin(app, { ...pairs('a'), attempt_id: attempt }, 10);
    await sweep();
    expect((await head(url)).status).toBe(200);
    await app.lose(id, attempt);
    await app.dispatch(id);
    await sweep();
    expect((await head(url)).status).toBe(404);
  });

  test('leaves what is being written to, however old it was', async () => {
    const url = await begin(app, pairs('a'), 6);
    const socket = connect(app.port, '127.0.0.1');
    socket.write(`${patchHead(url, 0, 6, 'Connection: close\r\n')}abc`);
    let answer = '';
    socket.on('data', (bytes) => (answer += bytes.toString()));
    await waitFor('the first bytes', async () => (await size(url)) === 3);
    await age(url);
    await sweep();
    socket.write('def');
    await waitFor('the answer', () => answer !== '');
    expect(answer).toContain('HTTP/1.1 204');
    expect((await readFile(join(app.resultsDir, id, 'a'))).toString()).toBe('abcdef');
  });
});

async function size(url: string): Promise<number> {
  return (await readFile(join(app.resultsDir, '.spool/uploads', `${url.slice(-36)}.data`))).length;
}
