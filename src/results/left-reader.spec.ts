import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { loadConfig } from '../config/load-config';
import { LeftReader } from './left-reader';
import type { LeftFile } from './read-left';

let root: string;
let reader: LeftReader;
/** What threads were asked for; there are none here, since they run what is built. */
let toThreads: jest.SpyInstance;

async function readerOf(resultsDir: string): Promise<void> {
  reader = new LeftReader(
    loadConfig({ REDIS_URL: 'redis://127.0.0.1', ORCHESTRATOR_RESULTS_DIR: resultsDir }),
  );
  await reader.onApplicationBootstrap();
  toThreads = jest.spyOn(reader, 'read').mockResolvedValue([]);
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'orchestrator-left-'));
  await mkdir(join(root, 'task-1'));
  await writeFile(join(root, 'task-1', 'responses.json'), '{"n":1}');
  await readerOf(root);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const fresh = (...directories: string[]): Promise<(LeftFile | null)[]> =>
  reader.readFresh({ root, directories, name: 'responses.json', maxBytes: 1_000 });

test("what was just left in a task's own directory on a local file system needs no thread", async () => {
  const [file] = await fresh(join(root, 'task-1'));
  expect(Buffer.from(file!.bytes!).toString()).toBe('{"n":1}');
  expect(toThreads).not.toHaveBeenCalled();
});

test('what may lead to another server is left to one: links, places that documents name, other file systems', async () => {
  await symlink(join(root, 'task-1'), join(root, 'task-2'));
  await fresh(join(root, 'task-2'));
  await fresh(join(root, 'task-1'), join(root, 'outputs', 'task-1'));
  expect(toThreads).toHaveBeenCalledTimes(2);
  await readerOf('/proc');
  await fresh(join(root, 'task-1'));
  expect(toThreads).toHaveBeenCalledTimes(1);
});
