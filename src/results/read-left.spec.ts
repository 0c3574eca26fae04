import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../test/helpers/wait';
import { type LeftFile, readLeft } from './read-left';

const NAME = 'responses.json';
let root: string;
let directory: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'orchestrator-left-'));
  directory = join(root, 'task');
  mkdirSync(directory);
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

const read = (...directories: string[]): (LeftFile | null)[] =>
  readLeft({ root, directories, name: NAME, maxBytes: 10 });

const textOf = (file: LeftFile | null | undefined): string | undefined =>
  file?.bytes ? Buffer.from(file.bytes).toString() : undefined;

test('reads what is there, each in its place', () => {
  writeFileSync(join(directory, NAME), '{"a":1}');
  const [absent, there] = read(join(root, 'other'), directory);
  expect(absent).toBeNull();
  expect(textOf(there)).toBe('{"a":1}');
  expect(there).toMatchObject({ size: 7 });
});

test('says that a large file is there, and reads none of it', () => {
  writeFileSync(join(directory, NAME), '"a longer one"');
  expect(read(directory)).toMatchObject([{ size: 14, bytes: null }]);
});

test('an empty file is one', () => {
  writeFileSync(join(directory, NAME), '');
  expect(textOf(read(directory)[0])).toBe('');
});

test('one that is written over while it is read is none', async () => {
  const path = join(directory, NAME);
  const bytes = Buffer.alloc(32 * 1024 * 1024, 'x');
  writeFileSync(path, bytes);
  const whole = (): (LeftFile | null)[] =>
    readLeft({ root, directories: [directory], name: NAME, maxBytes: bytes.length });
  expect(whole()).toMatchObject([{ size: bytes.length }]);
  const writer = spawn(process.execPath, ['-e', WRITE_OVER, path], { stdio: 'ignore' });
  try {
    await waitFor('one that changes', () => whole()[0] === null);
  } finally {
    writer.kill('SIGKILL');
    await once(writer, 'exit');
  }
  expect(whole()).toMatchObject([{ size: bytes.length }]);
});

/** Again and again, so that its size stays as it is. */
const WRITE_OVER = `
  const fs = require('node:fs');
  const file = fs.openSync(process.argv[1], 'r+');
  for (;;) fs.writeSync(file, 'y', 0);`;

test.each<[string, (path: string) => void]>([
  [
    'a link',
    (path) => {
      symlinkSync(join(root, 'elsewhere'), path);
    },
  ],
  [
    'a directory',
    (path) => {
      mkdirSync(path);
    },
  ],
  ['a pipe', (path) => execFileSync('mkfifo', [path])],
])('%s is none', (_, make) => {
  writeFileSync(join(root, 'elsewhere'), '"secret"');
  make(join(directory, NAME));
  expect(read(directory)).toEqual([null]);
});

test('nor is one whose directory leads out', () => {
  const outside = mkdtempSync(join(tmpdir(), 'orchestrator-outside-'));
  writeFileSync(join(outside, NAME), '"secret"');
  symlinkSync(outside, join(root, 'link'));
  expect(read(join(root, 'link'))).toEqual([null]);
  rmSync(outside, { recursive: true });
});
