import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
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
  await spool.onApplicationShutdown();
  await rm(root, { recursive: true, force: true });
});

const names = async (): Promise<string[]> =>
  (await readdir(join(root, '.spool'))).filter((name) => name !== 'owners');
const owners = (): Promise<string[]> => readdir(join(root, '.spool/owners'));
const another = (): Spool =>
  new Spool(loadConfig({ REDIS_URL: 'redis://127.0.0.1', ORCHESTRATOR_RESULTS_DIR: root }));

/** So long ago the process of this file was heard last. */
async function silence(name: string, forMs: number): Promise<void> {
  const then = ((await spool.volumeNowMs()) - forMs) / 1000;
  const [, owner = ''] = /@(.+)\.part$/.exec(name) ?? [];
  await utimes(join(root, '.spool/owners', owner), then, then);
}

test('what names no process is swept when nobody has written to it for an hour', async () => {
  await mkdir(join(root, '.spool'));
  await writeFile(join(root, '.spool/old.part'), '');
  await utimes(join(root, '.spool/old.part'), 5, 5);
  await writeFile(join(root, '.spool/new.part'), '');
  await spool.onApplicationBootstrap();
  expect(await names()).toEqual(['new.part']);
});

describe('beside another process', () => {
  let other: Spool;
  let name: string;
  let file: SpoolFile;
  beforeEach(async () => {
    other = another();
    file = await other.create();
    [name = ''] = await names();
  });
  afterEach(() => other.onApplicationShutdown());

  test('what that writes stays, however long ago it was written to', async () => {
    await utimes(join(root, '.spool', name), 5, 5);
    await silence(name, 9_000);
    await spool.onApplicationBootstrap();
    expect(await names()).toEqual([name]);
    await file.moveTo(join(root, 'whole'));
  });

  test('what that wrote goes at once when it was not heard for some seconds, and its word with it', async () => {
    await silence(name, 11_000);
    await spool.onApplicationBootstrap();
    expect(await names()).toEqual([]);
    await another().onApplicationBootstrap();
    expect(await owners()).toHaveLength(2);
  });

  test('what it lost while it stood still is said when it wakes up, and it is heard again', async () => {
    await file.write('half');
    await silence(name, 11_000);
    await spool.onApplicationBootstrap();
    await file.write('whole');
    await expect(file.moveTo(join(root, 'whole'))).rejects.toMatchObject({ slug: 'unavailable' });
    await expect(readFile(join(root, 'whole'))).rejects.toThrow('ENOENT');
    await other.onApplicationBootstrap();
    other.beforeApplicationShutdown();
    await other.put(join(root, 'next'), 'next');
    expect(await owners()).toHaveLength(2);
  });

  test('what has no word of its process goes', async () => {
    await other.onApplicationShutdown();
    await spool.onApplicationBootstrap();
    expect(await names()).toEqual([]);
  });
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

test('what is moved to a name of its own replaces nothing, and has one name then', async () => {
  const [first, second] = [await spool.create(), await spool.create()];
  await first.write('first');
  await second.write('second');
  await first.moveToNew(join(root, 'late'));
  first.release();
  await expect(second.moveToNew(join(root, 'late'))).rejects.toMatchObject({ code: 'EEXIST' });
  await second.discard();
  expect([await readFile(join(root, 'late'), 'utf8'), await names()]).toEqual(['first', []]);
});

test('what is held in memory comes to disk where it is moved, and not over what is there', async () => {
  const held = spool.hold(Buffer.from('held'));
  await held.moveTo(join(root, 'held'));
  await held.seal();
  held.release();
  expect(await readFile(join(root, 'held'), 'utf8')).toBe('held');
  const second = spool.hold(Buffer.from('second'));
  await expect(second.moveTo(join(root, 'held'))).rejects.toThrow('EEXIST');
  await second.discard();
  const third = spool.hold(Buffer.from('third'));
  await third.moveTo(join(root, 'third'));
  await third.discard();
  expect(await readdir(root)).toEqual(['held']);
});

test('what was held is known by its version once it is on disk, if that takes no waiting', async () => {
  const [here, there] = [true, false].map((isLocal) => SpoolFile.holding(Buffer.from('held'), isLocal));
  await here!.moveTo(join(root, 'here'));
  await there!.moveTo(join(root, 'there'));
  expect(here!.version).toBeNull();
  await Promise.all([here!.seal(), there!.seal()]);
  const { ino, mtimeMs } = await stat(join(root, 'here'));
  expect(here!.version).toEqual({ ino, mtimeMs, size: 4 });
  expect(there!.version).toBeNull();
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
