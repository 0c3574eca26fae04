import { createHash } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../artifacts/spool';
import { SpoolFile } from '../artifacts/spool-file';
import type { AppConfig } from '../config/app-config';
import { loadConfig } from '../config/load-config';
import { trustedAttemptId, trustedTaskId } from '../core/ids';
import { LocalResultFiles } from './local-result-files';
import { parseRecordName, recordName } from './result-record';
import { StagedResults, type StagedResult } from './staged-results';

const ID = trustedTaskId('task-1');
const ATTEMPT = trustedAttemptId('attempt-1');

let root: string;
let config: AppConfig;
let spool: Spool;
let files: LocalResultFiles;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orchestrator-results-'));
  config = loadConfig({ REDIS_URL: 'redis://127.0.0.1', ORCHESTRATOR_RESULTS_DIR: root });
  spool = new Spool(config);
  files = new LocalResultFiles(config, new StagedResults(spool));
});
afterEach(async () => {
  await spool.onApplicationShutdown();
  await rm(root, { recursive: true, force: true });
});

const staged = (resultId: string): StagedResult => ({
  resultId,
  sha256: 'a'.repeat(64),
  sizeBytes: 3,
  attemptId: ATTEMPT,
});
async function file(text: string): Promise<SpoolFile> {
  const made = await spool.create();
  await made.write(text);
  return made;
}
async function put(made: SpoolFile, as: StagedResult, id = ID): Promise<void> {
  await files.stage(id, made, as, await files.survey(id));
  made.release();
}
async function stage(resultId: string): Promise<StagedResult> {
  await put(await file(resultId), staged(resultId));
  return staged(resultId);
}
const content = (): Promise<string> => readFile(join(root, ID, 'responses.json'), 'utf8');
const entries = (): Promise<string[]> => readdir(join(root, ID));

test('what is staged is no result yet, and says of itself what there is to know', async () => {
  await stage('r1');
  await put(await file('r2'), { ...staged('r2'), attemptId: null });
  const found = await files.staged(ID);
  expect(found.sort((a, b) => (a.resultId < b.resultId ? -1 : 1))).toEqual([
    staged('r1'),
    { ...staged('r2'), attemptId: null },
  ]);
  expect(await files.committed(ID)).toBeNull();
  await expect(content()).rejects.toThrow('ENOENT');
});

test('what lies beside them, or is of another task, is left alone', async () => {
  await stage('r1');
  await writeFile(join(root, '.spool/staged/notes.txt'), '');
  await put(await file('r2'), staged('r2'), trustedTaskId(`${ID}2`));
  expect(await files.staged(ID)).toEqual([staged('r1')]);
});

test('promoting puts it in place with its record, and tidying leaves nothing else', async () => {
  const [first] = [await stage('r1'), await stage('r2')];
  expect(await files.promote(ID, first, ATTEMPT)).toBe(true);
  await files.tidy(ID);
  expect(await content()).toBe('r1');
  expect((await entries()).sort()).toEqual([expect.stringMatching(/^\.result~r1~/), 'responses.json']);
  expect(await files.committed(ID)).toMatchObject({ resultId: 'r1', attemptId: ATTEMPT });
});

test('promoting twice, or by several at once, changes nothing', async () => {
  const first = await stage('r1');
  const all = await Promise.all([1, 2, 3].map(() => files.promote(ID, first, ATTEMPT)));
  expect([all, await content()]).toEqual([[true, true, true], 'r1']);
  expect(await files.promote(ID, first, ATTEMPT)).toBe(true);
});

describe('a task that waits for a result', () => {
  test('has its directory made for it, and the result goes there', async () => {
    const ground = await files.prepare(ID);
    expect(ground).toEqual({ record: null, grave: null, hasFiles: false, isBlocked: false, isNew: true });
    const made = await file('r1');
    await files.stage(ID, made, staged('r1'), ground);
    made.release();
    expect(await files.promote(ID, staged('r1'), ATTEMPT, ground.isNew)).toBe(true);
    expect([await content(), await files.committed(ID)]).toEqual([
      'r1',
      expect.objectContaining({ resultId: 'r1', attemptId: ATTEMPT }),
    ]);
  });

  test.each([
    [
      'the files of an attempt',
      { record: null, hasFiles: true },
      async (): Promise<void> => {
        await mkdir(join(root, ID, '.orchestrator'), { recursive: true });
      },
    ],
    [
      'a result that it has taken before',
      { record: expect.objectContaining({ resultId: 'r0' }) },
      async (): Promise<void> => {
        await files.promote(ID, await stage('r0'), ATTEMPT);
      },
    ],
  ])('is looked at when its directory is there, with %s', async (_what, found, before) => {
    await before();
    expect(await files.prepare(ID)).toMatchObject({ ...found, isNew: false });
  });
});

describe('a small result of which this process knows the version', () => {
  const stageHeld = (resultId: string): Promise<void> =>
    put(SpoolFile.holding(Buffer.from(resultId), true), staged(resultId));

  test('is put in place with that', async () => {
    await stageHeld('r1');
    expect(await files.promote(ID, staged('r1'), ATTEMPT)).toBe(true);
    expect(await files.committed(ID)).toMatchObject({ resultId: 'r1' });
    expect(await content()).toBe('r1');
  });

  test('may have been put in place, or removed, by others since', async () => {
    await stageHeld('r1');
    const others = new LocalResultFiles(config, new StagedResults(spool));
    await others.promote(ID, staged('r1'), ATTEMPT);
    const before = await entries();
    expect(await files.promote(ID, staged('r1'), ATTEMPT)).toBe(true);
    await stageHeld('r2');
    await rm(files.stagedPath(ID, staged('r2')));
    expect(await files.promote(ID, staged('r2'), ATTEMPT)).toBe(false);
    expect(await entries()).toEqual(before);
    expect(await content()).toBe('r1');
  });
});

test('what is neither staged nor in place cannot be promoted', async () => {
  expect(await files.promote(ID, staged('r1'), ATTEMPT)).toBe(false);
});

test('a record whose rename did not happen is a committed result, and the rename happens', async () => {
  const first = await stage('r1');
  await files.promote(ID, first, ATTEMPT);
  await rename(join(root, ID, 'responses.json'), files.stagedPath(ID, first));
  expect(await files.committed(ID)).toMatchObject({ resultId: 'r1' });
  expect(await content()).toBe('r1');
});

test('the record of a small result is another name of its file, that of a large one is empty', async () => {
  const sizes: number[][] = [];
  for (const [resultId, text] of Object.entries({ small: 'x', large: 'x'.repeat(1024 * 1024 + 1) })) {
    const id = trustedTaskId(resultId);
    await put(await file(text), staged(resultId), id);
    expect(await files.promote(id, staged(resultId), ATTEMPT)).toBe(true);
    const [record] = (await readdir(join(root, id))).filter((name) => name.startsWith('.result~'));
    const { nlink, size } = await lstat(join(root, id, record!));
    sizes.push([nlink, size]);
    expect(await files.committed(id)).toMatchObject({ resultId });
  }
  expect(sizes).toEqual([
    [2, 1],
    [1, 0],
  ]);
});

test('a record is about its own file only', async () => {
  await files.promote(ID, await stage('r1'), ATTEMPT);
  await writeFile(join(root, ID, 'responses.json'), 'of a worker on the shared mount');
  expect(await files.committed(ID)).toBeNull();
  expect(await files.recordOf(ID, await lstat(join(root, ID, 'responses.json')))).toBeNull();
});

test('the record of what was written over goes when another result is put in its place', async () => {
  await files.promote(ID, await stage('r1'), ATTEMPT);
  await writeFile(join(root, ID, 'responses.json'), 'of a worker on the shared mount');
  await files.promote(ID, await stage('r2'), null);
  expect(await files.committed(ID)).toMatchObject({ resultId: 'r2', attemptId: null });
  expect((await entries()).filter((name) => name.startsWith('.result~'))).toHaveLength(1);
});

test.each(['.result~', '.result~r1~aa~1~-~1~1~1', 'notes~r1'])('%j is no record', async (name) => {
  await mkdir(join(root, ID));
  await writeFile(join(root, ID, name), '');
  expect(await files.committed(ID)).toBeNull();
});

test('with the longest ids that we give a record is a name that file systems take', async () => {
  const uuid = '0b896a53-c380-4ba2-ac7b-ddb48ea55fa7';
  const file = { ino: Number.MAX_SAFE_INTEGER, mtimeMs: 1_763_942_400_123.25, size: 2 ** 40 };
  const attemptId = trustedAttemptId(uuid);
  const record = { resultId: uuid, sha256: 'a'.repeat(64), sizeBytes: 2 ** 40, attemptId, file };
  const name = recordName(record);
  expect(name.length).toBeLessThanOrEqual(255);
  expect(parseRecordName(name)).toEqual(record);
});

describe('a staged result of which the task has not spoken', () => {
  const RESULT = '{"a":1}';
  const asStaged: StagedResult = {
    ...staged('r1'),
    sha256: createHash('sha256').update(RESULT).digest('hex'),
  };

  test.each([
    ['that is complete', `{"task_id":"${ID}","result":${RESULT}}`, true],
    ['that was cut', `{"task_id":"${ID}","result":{"a"`, false],
    ['without content', '', false],
    ['whose bytes are others', `{"task_id":"${ID}","result":{"a":2}}`, false],
  ])('%s', async (_what, text, isWhole) => {
    await put(await file(text), asStaged);
    expect(await files.isWhole(ID, asStaged)).toBe(isWhole);
  });

  test('that is gone is not whole', async () => {
    expect(await files.isWhole(ID, asStaged)).toBe(false);
  });
});

test.each([
  ['a link in place of the directory', (): Promise<void> => symlink('/tmp', join(root, ID))],
  [
    'a link in place of our own directory',
    async (): Promise<void> => {
      await mkdir(join(root, ID));
      await symlink('/tmp', join(root, ID, '.orchestrator'));
    },
  ],
  [
    'a directory in place of the result',
    async (): Promise<void> => {
      await mkdir(join(root, ID, 'responses.json'), { recursive: true });
    },
  ],
])('nothing is staged where there is %s', async (_name, prepare) => {
  await prepare();
  const made = await file('r1');
  const prepared = files.prepare(ID).then((ground) => files.stage(ID, made, staged('r1'), ground));
  await expect(prepared).rejects.toThrow('something else is in the way');
  await expect(put(made, staged('r1'))).rejects.toThrow('something else is in the way');
  await made.discard();
  expect(await readdir(join(root, '.spool'))).toEqual(['owners']);
});

test('results that are staged at once are all there', async () => {
  const ids = Array.from({ length: 20 }, (_, index) => `r${String(index)}`);
  await Promise.all(ids.map(stage));
  expect((await files.staged(ID)).map(({ resultId }) => resultId).sort()).toEqual(ids.toSorted());
});
