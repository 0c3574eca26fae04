// Files in directories of a task on shared storage: listed, digested and given by their paths; nothing leads out of there.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmod,
  mkdir,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ArtifactStore } from '../../src/artifacts/artifact.store';
import { FileRecords } from '../../src/artifacts/file-records';
import { FileUrls } from '../../src/artifacts/file-urls';
import type { TaskId } from '../../src/core/ids';
import { dropRights, giveAway, regainRights } from '../helpers/rights';
import { waitFor } from '../helpers/wait';
import { type HttpApp, startHttpApp } from './app';
import { json, sendRaw } from './raw';
import { postResult, uploadFile } from './requests';

jest.setTimeout(60_000);

const TOKEN = 'a-token-of-some-length';
const auth = { Authorization: `Bearer ${TOKEN}` };
let app: HttpApp;
let closed: HttpApp;

beforeAll(async () => {
  app = await startHttpApp({ SHARED_QUIET_SEC: '3' });
  closed = await startHttpApp({ ORCHESTRATOR_TOKEN: TOKEN }, auth);
});
afterAll(async () => {
  await app.stop();
  await closed.stop();
});

const HOUR_AGO = Date.now() / 1000 - 3600;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const listUrl = (id: string): string => `${app.url}/api/v1/results/${id}/files`;
const fileUrl = (id: string, path: string): string => `${listUrl(id)}/${encodeURIComponent(path)}`;
const status = async (id: string, path: string): Promise<number> => (await fetch(fileUrl(id, path))).status;
const names = async (id: TaskId): Promise<string[]> =>
  (await json(await fetch(listUrl(id)))).map(({ name }: { name: string }) => name);
const leftOut = async (id: TaskId): Promise<Record<string, string>> => {
  const { left_out: list } = await json(await fetch(`${app.url}/api/v1/results/${id}/manifest`));
  return Object.fromEntries(list.map(({ name, why }: { name: string; why: string }) => [name, why]));
};

/** Below the directory of a task, written an hour ago. */
async function write(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(directory, path)), { recursive: true });
    await writeFile(join(directory, path), text);
    await utimes(join(directory, path), HOUR_AGO, HOUR_AGO);
  }
}

async function aTask(
  files: Readonly<Record<string, string>> = {},
): Promise<{ id: TaskId; directory: string }> {
  const id = await app.submit();
  const directory = join(app.resultsDir, id);
  await mkdir(directory, { recursive: true });
  await write(directory, files);
  return { id, directory };
}

describe('a checkpoint directory', () => {
  test('is listed with its paths, and each file is given by its path in one segment', async () => {
    const { id } = await aTask({
      'checkpoint-500/model.safetensors': 'weights',
      'checkpoint-500/global_step500/rank 0.pt': 'rank',
      'log.txt': 'log',
    });
    const time = expect.any(String);
    expect(await json(await fetch(listUrl(id)))).toEqual([
      {
        name: 'checkpoint-500/global_step500/rank 0.pt',
        url: 'files/checkpoint-500%2Fglobal_step500%2Frank%200.pt',
        size: 4,
        sha256: sha256('rank'),
        time,
      },
      {
        name: 'checkpoint-500/model.safetensors',
        url: 'files/checkpoint-500%2Fmodel.safetensors',
        size: 7,
        sha256: sha256('weights'),
        time,
      },
      { name: 'log.txt', url: 'files/log.txt', size: 3, sha256: sha256('log'), time },
    ]);
    const listed = new URL('files/checkpoint-500%2Fmodel.safetensors', listUrl(id));
    const answer = await fetch(listed);
    expect(await answer.text()).toBe('weights');
    expect(answer.headers.get('etag')).toBe(`"${sha256('weights')}"`);
    expect(answer.headers.get('content-disposition')).toBe('attachment; filename="model.safetensors"');
    const part = await fetch(listed, { headers: { Range: 'bytes=1-3' } });
    expect([part.status, await part.text()]).toEqual([206, 'eig']);
    expect((await fetch(listed, { method: 'HEAD' })).headers.get('content-length')).toBe('7');
    // Not with slashes as they are: a path of one file has one URL.
    expect((await fetch(`${listUrl(id)}/checkpoint-500/model.safetensors`)).status).toBe(404);
    expect(await status(id, 'checkpoint-500')).toBe(404);
  });

  test('lies also where the document says', async () => {
    const id = await app.submit('  output: {destination: {type: local, path: outputs/7}}');
    await write(join(app.resultsDir, 'outputs/7', id), { 'checkpoint-1/a.bin': 'a' });
    expect(await names(id)).toEqual(['checkpoint-1/a.bin']);
    expect(await status(id, 'checkpoint-1/a.bin')).toBe(200);
  });

  test('is seen file by file, each when it is whole', async () => {
    const { id, directory } = await aTask({
      'checkpoint-1/old.bin': 'old',
      'checkpoint-1/a.bin.part': 'half',
    });
    await writeFile(join(directory, 'checkpoint-1/new.bin'), 'new');
    expect(await names(id)).toEqual(['checkpoint-1/old.bin']);
    expect(await status(id, 'checkpoint-1/new.bin')).toBe(404);
    expect(await leftOut(id)).toEqual({
      'checkpoint-1/a.bin.part': 'unfinished',
      'checkpoint-1/new.bin': 'unfinished',
    });
  });

  test('may have lock files and manifests of its own', async () => {
    const made = {
      'a/manifest.json': '{}',
      'a/responses.json': '{}',
      'env/poetry.lock': 'x',
      'yarn.lock': 'y',
    };
    const { id } = await aTask(made);
    expect(await names(id)).toEqual(Object.keys(made));
    for (const name of Object.keys(made)) expect([name, await status(id, name)]).toEqual([name, 200]);
    expect(await leftOut(id)).toEqual({});
  });

  test('under a temporary name has no whole files', async () => {
    const { id } = await aTask({ 'checkpoint-1.tmp/inner/a.bin': 'a', 'b.bin': 'b' });
    expect(await names(id)).toEqual(['b.bin']);
    expect(await status(id, 'checkpoint-1.tmp/inner/a.bin')).toBe(404);
    expect(await leftOut(id)).toEqual({ 'checkpoint-1.tmp': 'unfinished' });
  });

  test('is deleted with the task', async () => {
    const { id, directory } = await aTask({ 'checkpoint-1/deep/a.bin': 'a' });
    await postResult(app, { task_id: id, result: {} });
    expect(await names(id)).toEqual(['checkpoint-1/deep/a.bin']);
    expect((await fetch(`${app.url}/api/v1/results/${id}`, { method: 'DELETE' })).status).toBe(204);
    await expect(stat(join(directory, 'checkpoint-1'))).rejects.toThrow('ENOENT');
    expect(await status(id, 'checkpoint-1/deep/a.bin')).toBe(410);
  });
});

test('the room of a task is that of its directories too', async () => {
  const { id } = await aTask({ 'checkpoint-1/deep/a.bin': 'x'.repeat(100_000) });
  expect(await app.nest.get(ArtifactStore).sizeOf(id, null)).toBeGreaterThanOrEqual(100_000);
});

test('a tree that is deeper than a path can be long goes with its task', async () => {
  const { id, directory } = await aTask({ 'a.bin': 'a' });
  await promisify(execFile)(process.execPath, ['-e', DIG, directory]);
  await postResult(app, { task_id: id, result: {} });
  expect(await names(id)).toEqual(['a.bin']);
  expect((await fetch(`${app.url}/api/v1/results/${id}`, { method: 'DELETE' })).status).toBe(204);
  await app.nest.get(ArtifactStore).reclaim();
  expect(await readdir(join(app.resultsDir, '.spool/deleted'))).toEqual([]);
});

/** Six thousand bytes of path, made from the inside. */
const DIG = `
  process.chdir(process.argv[1]);
  for (let i = 0; i < 60; i += 1) {
    require('node:fs').mkdirSync('d'.repeat(100));
    process.chdir('d'.repeat(100));
  }
  require('node:fs').writeFileSync('bottom', '');`;

describe('digests', () => {
  const isKept = (path: string): Promise<boolean> =>
    readFile(path).then(
      () => true,
      () => false,
    );

  test('are kept beside a file, also where a directory is named like the record of another', async () => {
    const { id, directory } = await aTask({ a: 'file', 'a.json/b': 'below', 'b.d/c': 'c', b: 'd' });
    const records = join(directory, '.orchestrator/files');
    const all = ['a.json', 'a.json.d/b.json', 'b.d.d/c.json', 'b.json'];
    await waitFor('the digests to be kept', async () => {
      expect(await names(id)).toEqual(['a', 'a.json/b', 'b', 'b.d/c']);
      return (await Promise.all(all.map((path) => isKept(join(records, path))))).every(Boolean);
    });
    const record = join(records, 'a.json.d/b.json');
    await writeFile(record, (await readFile(record, 'utf8')).replace(sha256('below'), sha256('kept')));
    const found = (await json(await fetch(listUrl(id)))) as { name: string; sha256: string }[];
    expect(found.find(({ name }) => name === 'a.json/b')?.sha256).toBe(sha256('kept'));
  });

  test('are made once for all who ask at the same time', async () => {
    const { directory } = await aTask({ 'checkpoint-1/a.bin': 'x'.repeat(1024 * 1024) });
    const records = app.nest.get(FileRecords);
    const path = join(directory, 'checkpoint-1/a.bin');
    const handle = await open(path);
    const other = await open(path);
    try {
      const stats = await handle.stat();
      const first = records.make(handle, directory, 'checkpoint-1/a.bin', stats);
      // Closed: nobody reads by this one.
      await other.close();
      const second = records.make(other, directory, 'checkpoint-1/a.bin', await stat(path));
      expect(await second).toEqual(await first);
    } finally {
      await handle.close();
    }
  });
});

describe('what is hostile', () => {
  test('links to directories are not followed, nor named with what is behind them', async () => {
    const { id: other, directory: otherDirectory } = await aTask({ 'secret/key.txt': 'secret' });
    const { id, directory } = await aTask({ 'real/a.bin': 'a' });
    await symlink('/etc', join(directory, 'etc'));
    await symlink(otherDirectory, join(directory, 'real/other'));
    await symlink(join(otherDirectory, 'secret/key.txt'), join(directory, 'real/key.txt'));
    await symlink('.', join(directory, 'loop'));
    await symlink('real', join(directory, 'alias'));
    expect(await names(id)).toEqual(['real/a.bin']);
    const paths = [
      'etc/hostname',
      'real/other/secret/key.txt',
      'real/key.txt',
      'loop/real/a.bin',
      'alias/a.bin',
    ];
    for (const path of paths) expect([path, await status(id, path)]).toEqual([path, 404]);
    expect(await leftOut(id)).toEqual({
      alias: 'not_a_file',
      etc: 'not_a_file',
      loop: 'not_a_file',
      'real/key.txt': 'not_a_file',
      'real/other': 'not_a_file',
    });
    expect(await status(other, 'secret/key.txt')).toBe(200);
  });

  test('a directory that becomes a link gives nothing away', async () => {
    const { directory: otherDirectory } = await aTask({ 'a.bin': 'secret' });
    const { id, directory } = await aTask({ 'real/a.bin': 'public' });
    expect(await status(id, 'real/a.bin')).toBe(200);
    await rm(join(directory, 'real'), { recursive: true });
    await symlink(otherDirectory, join(directory, 'real'));
    expect(await names(id)).toEqual([]);
    expect(await status(id, 'real/a.bin')).toBe(404);
  });

  test.each([
    '..%2F..%2Fetc%2Fpasswd',
    'a%2F..%2Fb',
    'a%2F%2E%2E%2Fb',
    'a%252Fb',
    '%2Fetc%2Fpasswd',
    'a%2F',
    'a%2F%2Fb',
    'a%2F.git%2Fconfig',
    '.orchestrator%2Fmanifest.json',
    'a%5Cb%2Fc',
    Array(17).fill('a').join('%2F'),
  ])('the path %s is 400', async (path) => {
    const { id } = await aTask({ 'a/b': 'b' });
    const answer = await sendRaw(
      app.port,
      `GET /api/v1/results/${id}/files/${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    );
    expect(answer.status).toBe(400);
  });

  test('an encoded slash is refused everywhere else', async () => {
    const { id } = await aTask({ 'a/b': 'b' });
    for (const path of [`${id}/files/a%2Fb/c`, `${id}%2Ffiles/a`, `${id}/files%2Fa`, `${id}%2Fmanifest`]) {
      expect([path, (await fetch(`${app.url}/api/v1/results/${path}`)).status]).toEqual([path, 400]);
    }
  });

  test('what is not ours to read is named, and so is a directory, with nothing that is in it', async () => {
    const { id, directory } = await aTask({ 'a.bin': 'a', 'b.bin': 'b', 'c/d.bin': 'd', 'e/f.bin': 'f' });
    await chmod(join(directory, 'b.bin'), 0);
    await chmod(join(directory, 'c'), 0);
    await chmod(join(directory, 'e/f.bin'), 0);
    giveAway(app.resultsDir);
    dropRights();
    try {
      expect(await names(id)).toEqual(['a.bin']);
      expect(await leftOut(id)).toEqual({ 'b.bin': 'not_a_file', c: 'not_a_file', 'e/f.bin': 'not_a_file' });
      for (const path of ['b.bin', 'c/d.bin', 'e/f.bin'])
        expect([path, await status(id, path)]).toEqual([path, 404]);
      const bundle = await fetch(`${app.url}/api/v1/results/${id}/bundle`);
      expect((await promisify(gunzip)(Buffer.from(await bundle.arrayBuffer()))).length).toBeGreaterThan(0);
    } finally {
      regainRights();
    }
  });

  test('our own directory and hidden ones are not walked', async () => {
    const { id } = await aTask({
      '.orchestrator/files/x.json': '{}',
      '.git/config': 'x',
      'a/.orchestrator/b': 'x',
      'a/responses.json': '{}',
      'a/b': 'b',
    });
    expect(await names(id)).toEqual(['a/b', 'a/responses.json']);
    expect(await leftOut(id)).toEqual({ '.git': 'name', 'a/.orchestrator': 'name' });
  });

  test('what is too deep is named and not walked', async () => {
    const deepest = Array.from({ length: 15 }, (_, i) => `d${String(i)}`).join('/');
    const { id } = await aTask({
      [`${deepest}/a.bin`]: 'a',
      [`${deepest}/too/b.bin`]: 'b',
      [`${deepest}/too/deep/c.bin`]: 'c',
    });
    expect(await names(id)).toEqual([`${deepest}/a.bin`]);
    expect(await status(id, `${deepest}/a.bin`)).toBe(200);
    expect(await leftOut(id)).toEqual({ [`${deepest}/too/b.bin`]: 'name', [`${deepest}/too/deep`]: 'name' });
  });

  test('of too many, those that are near the top are listed and the rest is said', async () => {
    const { id, directory } = await aTask({ 'model.bin': 'model', 'many/deeper/c.bin': 'c' });
    for (let i = 0; i < 10_050; i += 1) await writeFile(join(directory, 'many', `x${String(i)}.tmp`), '');
    expect(await names(id)).toEqual(['model.bin']);
    expect((await leftOut(id)).many).toBe('too_many');
    // Known by its path, it is there all the same.
    expect(await status(id, 'many/deeper/c.bin')).toBe(200);
  });

  test('where a directory is named like a file of another place, one of them is listed', async () => {
    const id = await app.submit('  output: {destination: {type: local, path: outputs/8}}');
    await uploadFile(app, id, 'model', 'uploaded');
    await write(join(app.resultsDir, id), { 'log/a': 'a' });
    await write(join(app.resultsDir, 'outputs/8', id), { 'model/a.bin': 'a', log: 'log', 'log2/b': 'b' });
    expect(await names(id)).toEqual(['log/a', 'log2/b', 'model']);
  });
});

test('an upload into a directory is refused with what to do instead', async () => {
  const { id } = await aTask();
  for (const answer of [
    await fetch(fileUrl(id, 'a/b.bin'), { method: 'PUT', body: 'x' }),
    await uploadFile(app, id, 'a/b.bin', 'x'),
  ]) {
    const { detail, errors } = await json(answer);
    expect([answer.status, errors[0].code]).toEqual([400, 'separator']);
    expect(detail).toContain('uploaded as one archive, such as a .zip, or written to shared storage');
  }
});

test('a signature lets in to one path', async () => {
  const id = await closed.submit();
  await write(join(closed.resultsDir, id), { 'c/a.bin': 'a', 'c/b.bin': 'b' });
  const at = (path: string): string => `${closed.url}/api/v1/results/${id}/files/${encodeURIComponent(path)}`;
  const signed = closed.nest.get(FileUrls).sign(at('c/a.bin'));
  expect(signed).toContain('c%2Fa.bin?expires=');
  expect(await (await fetch(signed)).text()).toBe('a');
  expect((await fetch(signed.replace('%2F', '%2f'))).status).toBe(200);
  expect((await fetch(signed.replace('a.bin', 'b.bin'))).status).toBe(401);
  expect((await fetch(at('c/a.bin'))).status).toBe(401);
  const bundle = closed.nest.get(FileUrls).sign(`${closed.url}/api/v1/results/${id}/bundle`);
  expect((await fetch(bundle.replace('/bundle', '/files/%2Fbundle'))).status).toBe(400);
});
