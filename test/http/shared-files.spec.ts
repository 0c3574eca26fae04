// Files that workers leave on shared storage: seen when they are whole, and not before. Real files, a real slow writer.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactStore } from '../../src/artifacts/artifact.store';
import { FileSource } from '../../src/artifacts/byte-source';
import { FileRecords } from '../../src/artifacts/file-records';
import type { TaskId } from '../../src/core/ids';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { json } from './raw';
import { digestOf, postResult, uploadFile } from './requests';

jest.setTimeout(40_000);

let app: HttpApp;

beforeAll(async () => {
  app = await startHttpApp({ SHARED_QUIET_SEC: '3' });
});
afterAll(() => app.stop());

const sha256 = (bytes: Buffer | string): string => createHash('sha256').update(bytes).digest('hex');
const url = (id: string, name = ''): string =>
  `${app.url}/api/v1/results/${id}/files${name === '' ? '' : `/${name}`}`;
const names = async (id: TaskId): Promise<string[]> =>
  (await json(await fetch(url(id)))).map(({ name }: { name: string }) => name);
const HOUR_AGO = Date.now() / 1000 - 3600;

/** A directory of the task on the mount: its own, or that which its document names. */
async function aDirectory(place: 'own' | 'named'): Promise<{ id: TaskId; directory: string }> {
  const id = await app.submit(
    place === 'own' ? '' : '  output: {destination: {type: local, path: outputs/7}}',
  );
  const directory = place === 'own' ? join(app.resultsDir, id) : join(app.resultsDir, 'outputs/7', id);
  await mkdir(directory, { recursive: true });
  return { id, directory };
}

async function writeLongAgo(path: string, text: string): Promise<void> {
  await writeFile(path, text);
  await utimes(path, HOUR_AGO, HOUR_AGO);
}

async function finish(id: TaskId): Promise<void> {
  expect((await postResult(app, { task_id: id, result: {} })).status).toBe(201);
}

/** Another process that writes `pieces` one after the other, with a pause after each. */
function writeSlowly(path: string, pieces: readonly string[], pauseMs: number): Promise<void> {
  const program = `
    const { openSync, writeSync, closeSync } = require('node:fs');
    const [path, pause, ...pieces] = process.argv.slice(1);
    const file = openSync(path, 'w');
    const next = () => {
      if (pieces.length === 0) return closeSync(file);
      writeSync(file, pieces.shift());
      setTimeout(next, Number(pause));
    };
    next();`;
  const child = spawn(process.execPath, ['-e', program, path, String(pauseMs), ...pieces], {
    stdio: 'inherit',
  });
  return new Promise((resolve, reject) => {
    child.on('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the writer ended with ${String(code)}`));
    });
  });
}

const PIECES = Array.from({ length: 4 }, (_, i) => String(i).repeat(50_000));
const WHOLE = PIECES.join('');

/** Lists and gets the file until it is whole for whoever asks; everything that is seen on the way. */
async function watch(id: TaskId, name: string, writing: Promise<void>): Promise<Set<string>> {
  const seen = new Set<string>();
  interface Listed {
    name: string;
    sha256: string;
    size: number;
  }
  let isWritten = false;
  const written = writing.then(() => (isWritten = true));
  await waitFor(`${name} to be seen`, async () => {
    const files = (await json(await fetch(url(id)))) as Listed[];
    const listed = files.find((file) => file.name === name);
    const answer = await fetch(url(id, name));
    const body = await answer.text();
    if (listed !== undefined) seen.add(`listed ${listed.sha256} of ${String(listed.size)}`);
    if (answer.status !== 404) seen.add(`given ${String(answer.status)} ${sha256(body)}`);
    return isWritten && seen.size > 1;
  });
  await written;
  return seen;
}

const WHOLE_ALONE = new Set([
  `listed ${sha256(WHOLE)} of ${String(WHOLE.length)}`,
  `given 200 ${sha256(WHOLE)}`,
]);

describe.each(['own', 'named'] as const)('in the directory that is its %s', (place) => {
  test('what a worker wrote is listed and given, beside what was uploaded', async () => {
    const { id, directory } = await aDirectory(place);
    await uploadFile(app, id, 'uploaded.zip', 'up');
    await mkdir(join(directory, 'checkpoint-500'));
    const made = {
      'final_model.zip': 'model',
      'responses.json': '{}',
      'manifest.json': '{}',
      'x.zip.tmp': 'half',
      '.hidden': '',
      'checkpoint-500/model.bin': 'inside',
    };
    for (const [name, text] of Object.entries(made)) await writeLongAgo(join(directory, name), text);
    await symlink('/etc/hostname', join(directory, 'link'));
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    expect(await json(await fetch(url(id)))).toEqual([
      {
        name: 'checkpoint-500/model.bin',
        url: 'files/checkpoint-500%2Fmodel.bin',
        size: 6,
        sha256: sha256('inside'),
        time,
      },
      { name: 'final_model.zip', url: 'files/final_model.zip', size: 5, sha256: sha256('model'), time },
      { name: 'uploaded.zip', url: 'files/uploaded.zip', size: 2, sha256: sha256('up'), time },
    ]);
    const answer = await fetch(url(id, 'final_model.zip'));
    expect([answer.headers.get('etag'), await answer.text()]).toEqual([`"${sha256('model')}"`, 'model']);
    for (const name of ['x.zip.tmp', 'link', 'checkpoint-500']) {
      expect([name, (await fetch(url(id, name))).status]).toEqual([name, 404]);
    }
  });

  test('a file that another process writes slowly is seen whole or not at all, while its task runs', async () => {
    const { id, directory } = await aDirectory(place);
    const writing = writeSlowly(join(directory, 'slow.bin'), PIECES, 400);
    expect(await watch(id, 'slow.bin', writing)).toEqual(WHOLE_ALONE);
  });

  test('nor after it is done', async () => {
    const { id, directory } = await aDirectory(place);
    await finish(id);
    const writing = writeSlowly(join(directory, 'late.bin'), PIECES, 400);
    expect(await watch(id, 'late.bin', writing)).toEqual(WHOLE_ALONE);
  });
});

test('what was written before its task was done is seen at once', async () => {
  const { id, directory } = await aDirectory('own');
  await writeFile(join(directory, 'model.bin'), 'whole');
  expect(await names(id)).toEqual([]);
  expect((await fetch(url(id, 'model.bin'))).status).toBe(404);
  // Since then it has not rested as long as a file must that is written after the end.
  const aMomentAgo = Date.now() / 1000 - 1.5;
  await utimes(join(directory, 'model.bin'), aMomentAgo, aMomentAgo);
  expect(await names(id)).toEqual([]);
  await finish(id);
  expect(await names(id)).toEqual(['model.bin']);
});

test('a file under its final name at once, by a rename, is whole when it has rested', async () => {
  const { id, directory } = await aDirectory('own');
  await writeLongAgo(join(directory, 'model.bin.tmp'), 'whole');
  expect(await names(id)).toEqual([]);
  await rename(join(directory, 'model.bin.tmp'), join(directory, 'model.bin'));
  expect(await names(id)).toEqual(['model.bin']);
});

test('what a failed task left is seen when it has rested', async () => {
  const { id, directory } = await aDirectory('own');
  await writeFile(join(directory, 'log.txt'), 'last words');
  await app.fail(id);
  expect(await names(id)).toEqual([]);
  await utimes(join(directory, 'log.txt'), HOUR_AGO, HOUR_AGO);
  expect(await names(id)).toEqual(['log.txt']);
});

describe('a digest', () => {
  const digest = async (id: TaskId): Promise<string> => (await json(await fetch(url(id))))[0].sha256;

  test('is of what is there now, also where size and time are what they were', async () => {
    const { id, directory } = await aDirectory('own');
    const path = join(directory, 'a.bin');
    const record = join(directory, '.orchestrator/files/a.bin.json');
    await writeLongAgo(path, 'one');
    const { ino, mtimeMs, size } = await stat(path);
    await waitFor('the digest to be kept', async () => {
      expect(await digest(id)).toBe(sha256('one'));
      return readFile(record, 'utf8').then(
        () => true,
        () => false,
      );
    });
    await writeLongAgo(path, 'two');
    expect(await stat(path)).toMatchObject({ ino, mtimeMs, size });
    expect(await digest(id)).toBe(sha256('two'));
    expect((await fetch(url(id, 'a.bin'))).headers.get('etag')).toBe(`"${sha256('two')}"`);
  });

  test('is made once', async () => {
    const { id, directory } = await aDirectory('own');
    const record = join(directory, '.orchestrator/files/a.bin.json');
    await writeLongAgo(join(directory, 'a.bin'), 'one');
    await waitFor('the digest to be kept', async () => {
      await digest(id);
      return readFile(record, 'utf8').then(
        () => true,
        () => false,
      );
    });
    await writeFile(record, (await readFile(record, 'utf8')).replace(sha256('one'), sha256('kept')));
    expect(await digest(id)).toBe(sha256('kept'));
  });
});

test('a digest does not replace what is remembered of an upload that is about to come', async () => {
  const { id, directory } = await aDirectory('own');
  await writeLongAgo(join(directory, 'a.bin'), 'of the worker');
  const records = app.nest.get(FileRecords);
  const makeNow = records.make.bind(records);
  const upload = { size: 3, sha256: sha256('new'), mtimeMs: 5, uploaded_at: '2026-01-01T00:00:00Z' };
  jest.spyOn(records, 'make').mockImplementationOnce(async (...args) => {
    await records.remember(directory, 'a.bin', upload);
    return await makeNow(...args);
  });
  expect(await names(id)).toEqual(['a.bin']);
  expect(JSON.parse(await readFile(join(directory, '.orchestrator/files/a.bin.json'), 'utf8'))).toEqual(
    upload,
  );
});

test('a file that is replaced while it is asked for is one file: size, digest and bytes', async () => {
  const { id, directory } = await aDirectory('own');
  const path = join(directory, 'a.bin');
  await writeLongAgo(path, 'old');
  const store = app.nest.get(ArtifactStore);
  const replace = async (text: string): Promise<void> => {
    await writeLongAgo(`${path}.tmp`, text);
    await rename(`${path}.tmp`, path);
  };
  const about = async (text: string): Promise<void> => {
    const answer = await fetch(url(id, 'a.bin'));
    const said = ['etag', 'content-length', 'repr-digest'].map((name) => answer.headers.get(name));
    const body = await answer.text();
    expect([body, ...said]).toEqual([text, `"${sha256(text)}"`, String(text.length), digestOf(text)]);
  };
  // After it was looked up, and before it is opened.
  const sendNow = store.send.bind(store);
  jest.spyOn(store, 'send').mockImplementationOnce(async (...args) => {
    await replace('newer');
    await sendNow(...args);
  });
  await about('newer');
  // After it was opened.
  const read = jest.spyOn(FileSource.prototype, 'read');
  read.mockImplementationOnce(async function* (this: FileSource, start, end) {
    await replace('the newest');
    yield* this.read(start, end);
  });
  await about('newer');
  read.mockRestore();
  await about('the newest');
});

test('an upload of which nothing can be remembered is refused, and leaves nothing', async () => {
  const { id, directory } = await aDirectory('own');
  await mkdir(join(directory, '.orchestrator/files/a.bin.json'), { recursive: true });
  expect((await uploadFile(app, id, 'a.bin', 'x')).status).toBe(409);
  expect(await names(id)).toEqual([]);
  const left = (await app.files()).filter((path) => path.startsWith('.spool') || path.startsWith(id));
  expect(left).toEqual([]);
});

test('an upload is seen at once, also under a name of what is not finished', async () => {
  const { id } = await aDirectory('own');
  await uploadFile(app, id, 'backup.tmp', 'x');
  await uploadFile(app, id, 'backup.tmp', 'again');
  expect(await names(id)).toEqual(['backup.tmp']);
  expect(await (await fetch(url(id, 'backup.tmp'))).text()).toBe('again');
});

test('a result that is written slowly is none before it is whole', async () => {
  const { id, directory } = await aDirectory('named');
  const pieces = ['{"items":[', '1,2,3', '],"usage":', '{"tokens":7', '}', '}'];
  const writing = writeSlowly(join(directory, 'responses.json'), pieces, 150);
  const seen = new Set<string>();
  await waitFor('the result', async () => {
    const answer = await fetch(`${app.url}/api/v1/results/${id}`);
    seen.add(answer.status === 200 ? JSON.stringify((await json(answer)).result) : String(answer.status));
    return answer.status === 200;
  });
  await writing;
  expect(seen).toEqual(new Set(['404', pieces.join('')]));
});

test('a file that goes on growing is never listed', async () => {
  const { id, directory } = await aDirectory('own');
  await writeFile(join(directory, 'train.log'), 'begin\n');
  for (let i = 0; i < 10; i += 1) {
    await appendFile(join(directory, 'train.log'), `step ${String(i)}\n`);
    expect(await names(id)).toEqual([]);
  }
});
