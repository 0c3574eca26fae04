import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load-config';
import { trustedAttemptId } from '../core/ids';
import { Spool } from './spool';
import { SpoolFile } from './spool-file';

const ATTEMPT = trustedAttemptId('attempt-1');
const HOUR_MS = 3_600_000;

let root: string;
let spool: Spool;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orchestrator-spool-'));
  spool = new Spool(loadConfig({ REDIS_URL: 'redis://127.0.0.1', ORCHESTRATOR_RESULTS_DIR: root }));
});
afterEach(async () => {
  jest.restoreAllMocks();
  spool.beforeApplicationShutdown();
  await rm(root, { recursive: true, force: true });
});

const names = (): Promise<string[]> => readdir(join(root, '.spool'));

test('it is swept of what a crash left behind, not of what is being written', async () => {
  await mkdir(join(root, '.spool'));
  await writeFile(join(root, '.spool/old.part'), '');
  await utimes(join(root, '.spool/old.part'), 5, 5);
  await writeFile(join(root, '.spool/new.part'), '');
  await spool.onApplicationBootstrap();
  expect(await names()).toEqual(['new.part']);
});

test.each([
  ['ahead of', 2 * HOUR_MS],
  ['behind', -2 * HOUR_MS],
])(
  "with this machine's clock %s the volume's it keeps what is being written all the same",
  async (_how, offMs) => {
    await mkdir(join(root, '.spool'));
    await writeFile(join(root, '.spool/new.part'), '');
    const now = Date.now();
    jest.spyOn(Date, 'now').mockReturnValue(now + offMs);
    await spool.onApplicationBootstrap();
    expect(await names()).toEqual(['new.part']);
  },
);

test('a file that was released stays, one that was not is gone', async () => {
  const [kept, dropped] = [await spool.create(), await spool.create()];
  await kept.moveTo(join(root, 'kept'));
  kept.release();
  await kept.discard();
  await dropped.moveTo(join(root, 'dropped'));
  await dropped.discard();
  expect((await readdir(root)).sort()).toEqual(['.spool', 'kept']);
});

test('what is held in memory comes to disk where it is moved, and not over what is there', async () => {
  const held = SpoolFile.holding(Buffer.from('held'));
  await held.moveTo(join(root, 'held'));
  await held.seal();
  held.release();
  expect(await readFile(join(root, 'held'), 'utf8')).toBe('held');
  const second = SpoolFile.holding(Buffer.from('second'));
  await expect(second.moveTo(join(root, 'held'))).rejects.toThrow('EEXIST');
  await second.discard();
  const third = SpoolFile.holding(Buffer.from('third'));
  await third.moveTo(join(root, 'third'));
  await third.discard();
  expect(await readdir(root)).toEqual(['held']);
});

test('a post that broke off without a word is not waited for', async () => {
  const file = await spool.create(ATTEMPT);
  const old = (await spool.volumeNowMs()) / 1000 - 120;
  const [name = ''] = await names();
  await utimes(join(root, '.spool', name), old, old);
  const looked = jest.spyOn(spool, 'volumeNowMs');
  await spool.postsEnded(ATTEMPT);
  expect(looked).toHaveBeenCalledTimes(1);
  await file.discard();
});

test('a result that another attempt posts is not waited for', async () => {
  const file = await spool.create(trustedAttemptId('attempt-10'));
  await spool.postsEnded(ATTEMPT);
  await file.discard();
});
