import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Spool } from '../artifacts/spool';
import { loadConfig } from '../config/load-config';
import { trustedTaskId } from '../core/ids';
import type { Envelope, TaskDocument } from '../core/model';
import { OpenEnvelope } from './open-envelope';
import { type ReceivedResult, spoolEnvelope } from './receive-result';
import { LocalResultFiles } from './local-result-files';
import { ResultStore } from './result.store';
import { type ResultOf, SharedDirectory } from './left-results';
import type { LeftReader } from './left-reader';
import { type LeftRequest, readLeft } from './read-left';
import { StagedResults } from './staged-results';
import type { Settler } from './settler';

const ID = trustedTaskId('task-1');
/** As the state of the task has it: no result was taken, or one was. */
const LEFT: ResultOf = { id: ID, resultId: null, staleFiles: [] };
const TAKEN: ResultOf = { ...LEFT, resultId: 'result-1' };
const envelope = (result: Envelope['result']): Envelope => ({
  task_id: ID,
  worker_id: 'MULTI',
  metadata: { shards: 2 },
  received_at: '2026-01-01T00:00:00Z',
  result,
});
const withPath = (path: string): TaskDocument => ({
  apiVersion: 'v1',
  kind: 'Task',
  metadata: { name: 'a' },
  spec: { taskType: 'echo', output: { destination: { type: 'local', path } } },
});

let root: string;
let spool: Spool;
let files: LocalResultFiles;
let store: ResultStore;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orchestrator-results-'));
  const config = loadConfig({ REDIS_URL: 'redis://127.0.0.1', ORCHESTRATOR_RESULTS_DIR: root });
  spool = new Spool(config);
  files = new LocalResultFiles(config, new StagedResults(spool));
  // In a thread it does the same.
  const inPlace = (request: LeftRequest): ReturnType<LeftReader['read']> =>
    Promise.resolve(readLeft(request));
  const reader = { read: inPlace, readFresh: inPlace };
  // What settles what is staged needs Redis: see test/http/replicas.spec.ts.
  const settler = { settle: () => Promise.resolve(), behindOf: () => null };
  store = new ResultStore(
    files,
    new SharedDirectory(config, files, reader as unknown as LeftReader),
    settler as unknown as Settler,
  );
});
afterEach(async () => {
  await spool.onApplicationShutdown();
  await rm(root, { recursive: true, force: true });
});

async function read(of: ResultOf, document: TaskDocument | null): Promise<Envelope | null> {
  const found = await store.read(of, document, () => true);
  if (found instanceof OpenEnvelope) throw new Error('it is not parsed');
  return found;
}

async function leave(path: string, text: string): Promise<void> {
  await mkdir(join(root, path), { recursive: true });
  await writeFile(join(root, path, 'responses.json'), text);
}

async function commit(content: Envelope): Promise<ReceivedResult> {
  const received = await spoolEnvelope(content, spool);
  const staged = { ...received, attemptId: null };
  await files.stage(ID, received.file, staged, await files.survey(ID));
  await files.promote(ID, staged, null);
  await files.tidy(ID);
  return received;
}

describe('a committed result', () => {
  test('is read back as it was, and has the digest of its member', async () => {
    const { sha256, sizeBytes } = await commit(envelope({ merged: [1, 'é'] }));
    const bytes = '{"merged":[1,"é"]}';
    expect(sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect(sizeBytes).toBe(Buffer.byteLength(bytes));
    expect(await read(TAKEN, null)).toEqual(envelope({ merged: [1, 'é'] }));
    expect(await store.fingerprints(ID, null)).toEqual([]);
    expect(await readdir(join(root, '.spool/staged'))).toEqual([]);
  });

  test('is whole when it is large', async () => {
    const text = 'x'.repeat(3_000_000);
    await commit(envelope({ text }));
    expect(await read(TAKEN, null)).toEqual(envelope({ text }));
  });
});

describe('shared storage', () => {
  test('has a file that parses, bare or as an envelope, in either place', async () => {
    expect(await store.has(LEFT, null)).toBe(false);
    await leave(join('outputs', ID), '{"n": 1}');
    expect(await store.has(LEFT, null)).toBe(false);
    expect(await store.has(LEFT, withPath('outputs'))).toBe(true);
    expect((await read(LEFT, withPath(join(root, 'outputs'))))?.result).toEqual({ n: 1 });
    await leave(ID, JSON.stringify(envelope(2)));
    expect(await read(LEFT, withPath('outputs'))).toEqual(envelope(2));
  });

  test('does not count a file that was there before the attempt, until it changes', async () => {
    await leave(ID, '{"n": 1}');
    const staleFiles = await store.fingerprints(ID, null);
    expect(staleFiles).toEqual([expect.stringMatching(/^task-1\/responses\.json:\d+:[\d.]+:8$/)]);
    expect(await store.has({ ...LEFT, staleFiles }, null)).toBe(false);
    expect(await read({ ...LEFT, staleFiles }, null)).toBeNull();
    await utimes(join(root, ID, 'responses.json'), 5, 5);
    expect((await read({ ...LEFT, staleFiles }, null))?.result).toEqual({ n: 1 });
  });

  test.each(['', '{"n": ', '{"n": NaN}', 'Traceback'])('does not count a file with %j', async (text) => {
    await leave(ID, text);
    expect(await store.has(LEFT, null)).toBe(false);
  });

  test('notices that a file which was half written is whole now', async () => {
    await leave(ID, '{"n": ');
    expect(await store.has(LEFT, null)).toBe(false);
    await leave(ID, '{"n": 1}');
    expect(await store.has(LEFT, null)).toBe(true);
  });

  test('is never left by a link or a path', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'orchestrator-outside-'));
    await mkdir(join(outside, ID));
    await writeFile(join(outside, ID, 'responses.json'), '{}');
    await symlink(outside, join(root, 'outputs'));
    await symlink(join(outside, ID), join(root, ID));
    for (const path of ['outputs', outside, `../${outside.split('/').at(-1) ?? ''}`, 'a\0b']) {
      expect(await store.has(LEFT, withPath(path))).toBe(false);
    }
    await rm(outside, { recursive: true });
  });

  test('is looked at last where the task has taken a result, and not at all where our copy is there', async () => {
    await leave(join('outputs', ID), '{"left": true}');
    expect((await read(TAKEN, withPath('outputs')))?.result).toEqual({ left: true });
    await commit(envelope('taken'));
    for (const task of [TAKEN, LEFT]) {
      expect((await read(task, withPath('outputs')))?.result).toBe('taken');
    }
  });

  test('is given as it was read ahead, and looked for again where nothing was there then', async () => {
    store.readAhead(LEFT, null);
    await leave(ID, '{"n": 1}');
    expect((await read(LEFT, null))?.result).toEqual({ n: 1 });
    store.readAhead(LEFT, null);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await rm(join(root, ID), { recursive: true });
    expect((await read(LEFT, null))?.result).toEqual({ n: 1 });
  });

  test('a worker that writes over our committed copy does not break reading', async () => {
    await commit(envelope(1));
    await leave(ID, '{"late": true}');
    expect((await read(LEFT, null))?.result).toEqual({ late: true });
    expect(await store.fingerprints(ID, null)).toHaveLength(1);
  });
});
