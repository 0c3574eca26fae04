import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../config/load-config';
import { trustedAttemptId, trustedTaskId } from '../core/ids';
import { Metrics } from '../metrics/metrics';
import type { RedisConnections } from '../redis/redis-connections';
import { Inbox } from './inbox';
import type { Kept } from './kept';
import { Spool } from './spool';
import type { SpoolFile } from './spool-file';

const TASK = trustedTaskId('task-1');
const CAP = 1_000_000;

let root: string;
let up: boolean;
let spools: Spool[];
let metrics: Metrics;
let inbox: Inbox;
function anInbox(): Inbox {
  const config = loadConfig({
    REDIS_URL: 'redis://127.0.0.1',
    ORCHESTRATOR_RESULTS_DIR: root,
    SPOOL_MAX_BYTES: String(CAP),
  });
  const spool = new Spool(config);
  spools.unshift(spool);
  return new Inbox(config, spool, { isUp: () => up } as RedisConnections, metrics);
}
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orchestrator-inbox-'));
  up = false;
  spools = [];
  metrics = new Metrics();
  inbox = anInbox();
});
afterEach(async () => {
  metrics.registry.clear();
  await Promise.all(spools.map((spool) => spool.onApplicationShutdown()));
  await rm(root, { recursive: true, force: true });
});

async function file(bytes = 3): Promise<SpoolFile> {
  const made = await spools[0]!.create();
  await made.write(Buffer.alloc(bytes, 'x'));
  return made;
}
const aResult = (resultId: string, sizeBytes = 3): Kept => ({
  kind: 'result',
  taskId: TASK,
  attemptId: trustedAttemptId('a-1'),
  workerId: null,
  resultId,
  sha256: 'f',
  sizeBytes,
});
const anUpload = (filename: string, sizeBytes = 3): Kept => ({
  kind: 'upload',
  taskId: TASK,
  attemptId: null,
  filename,
  receivedAt: '2026-01-01T00:00:00Z',
  sha256: 'f',
  sizeBytes,
});
const names = async (folder = 'inbox'): Promise<string[]> =>
  (await readdir(join(root, '.spool', folder))).sort();
const gauge = async (): Promise<number | undefined> => (await metrics.spoolEntries.get()).values[0]?.value;

test('gives back what it was given, files first, then results in the order in which they came', async () => {
  await inbox.keep(aResult('first'), await file());
  await inbox.keep(anUpload('a.bin'), await file());
  await inbox.keep(aResult('earlier'), await file());
  await utimes(join(root, '.spool/inbox/result-earlier.json'), 5, 5);
  const [upload = '', ...results] = await inbox.entries();
  expect(results).toEqual(['result-earlier', 'result-first']);
  expect(await inbox.read(upload)).toEqual(anUpload('a.bin'));
  expect(await inbox.read('result-first')).toEqual(aResult('first'));
  expect((await (await inbox.data('result-first'))?.stats())?.size).toBe(3);
  expect(await readFile(join(root, '.spool/inbox/result-first.data'), 'utf8')).toBe('xxx');
  expect(await gauge()).toBe(3);
});

test('nothing is an entry before its bytes are there', async () => {
  await inbox.keep(aResult('r1'), await file());
  await rm(join(root, '.spool/inbox/result-r1.json'));
  expect(await inbox.entries()).toEqual([]);
});

test('has room for as much as is allowed, by whichever replica it came', async () => {
  await anInbox().keep(aResult('r1', 600_000), await file(600_000));
  const late = await file(600_000);
  await expect(inbox.keep(aResult('r2', 600_000), late)).rejects.toMatchObject({
    slug: 'unavailable',
    headers: { 'Retry-After': '5' },
  });
  await late.discard();
  await inbox.keep(aResult('r3', 300_000), await file(300_000));
  expect(await inbox.entries()).toEqual(['result-r1', 'result-r3']);
});

test('counts bodies that are on their way while the store is away, and no others', async () => {
  const [first, second] = [await inbox.roomFor(undefined), await inbox.roomFor('500000')];
  first.take(600_000);
  expect(() => {
    second.take(500_000);
  }).toThrow('no more can be kept');
  second.leave();
  first.leave();
  up = true;
  const third = await inbox.roomFor(String(2 * CAP));
  third.take(2 * CAP);
  third.leave();
  up = false;
  await expect(inbox.roomFor(String(2 * CAP))).rejects.toThrow('no more can be kept');
});

test.each([
  '',
  '{"kind":"result","taskId":"t"',
  JSON.stringify({ ...aResult('r1'), taskId: '../x' }),
  JSON.stringify({ ...aResult('r1'), attemptId: '../x' }),
  JSON.stringify({ ...aResult('r1'), resultId: '../x' }),
  JSON.stringify({ ...anUpload('a'), filename: '../x' }),
  JSON.stringify({ ...anUpload('a'), kind: 'other' }),
])('puts aside what cannot be read, and goes on: %j', async (text) => {
  await inbox.keep(aResult('r1'), await file());
  await inbox.keep(aResult('r2'), await file());
  await writeFile(join(root, '.spool/inbox/result-r1.json'), text);
  expect(await inbox.read('result-r1')).toBe('gone');
  expect(await inbox.entries()).toEqual(['result-r2']);
  expect(await names('rejected')).toEqual(['result-r1.data', 'result-r1.json']);
});

test('of what is put aside, the newest hundred stay', async () => {
  for (let n = 0; n < 103; n += 1) {
    const kept = aResult(`r${String(n)}`);
    await inbox.reject(`result-r${String(n)}`, kept, await file(), 'a test says so');
  }
  const left = await names('rejected');
  expect(left).toHaveLength(200);
  expect(left).not.toContain('result-r0.data');
  expect(left).toContain('result-r102.data');
});

test.each<[string, () => Promise<unknown>]>([
  ['at the start', () => inbox.onApplicationBootstrap()],
  ['whenever the inbox is looked through', () => inbox.entries()],
])('bytes without an entry are swept when they are old, %s', async (_, look) => {
  await inbox.keep(aResult('r1'), await file());
  for (const name of ['old.data', 'new.data']) await writeFile(join(root, '.spool/inbox', name), '');
  await utimes(join(root, '.spool/inbox/old.data'), 5, 5);
  await utimes(join(root, '.spool/inbox/result-r1.data'), 5, 5);
  await look();
  expect(await names()).toEqual(['new.data', 'result-r1.data', 'result-r1.json']);
});

test('bytes without an entry take no room from what comes', async () => {
  await mkdir(join(root, '.spool/inbox'), { recursive: true });
  await writeFile(join(root, '.spool/inbox/left.data'), Buffer.alloc(CAP));
  await inbox.keep(aResult('r1', 600_000), await file(600_000));
  await expect(inbox.roomFor('600000')).rejects.toThrow('no more can be kept');
  expect(await anInbox().entries()).toEqual(['result-r1']);
});
