/** Programs of one file, on disk as the build leaves them. */
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from './bundle';

interface Program {
  answer(): unknown;
}

let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bundle-'));
  path = join(folder, 'program.js');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function aProgram(body: string): void {
  writeFileSync(path, `"use strict"; exports.answer = () => ${body};`);
}
const open = () => openBundle<Program>(path)!;

/** One that was run, with what V8 compiled of it. */
function aCompiledProgram(body: string): void {
  aProgram(body);
  const program = open();
  program.exports.answer();
  program.keepCompiled();
}

/** As another process would: this one knows by its path what it compiled before. */
function openElsewhere() {
  const other = `${folder}-moved`;
  renameSync(folder, other);
  folder = other;
  path = join(folder, 'program.js');
  return open();
}
const codeFiles = (): string[] => readdirSync(folder).filter((name) => name.endsWith('.code'));

it('is null where there is no file', () => {
  expect(openBundle(path)).toBeNull();
});

it('runs without compiled code', () => {
  aProgram('42');
  const { exports: program, wasCompiled } = open();
  expect(program.answer()).toBe(42);
  expect(wasCompiled).toBe(false);
});

it('runs from the compiled code that was kept', () => {
  aCompiledProgram('42');
  const { exports: program, wasCompiled } = openElsewhere();
  expect(program.answer()).toBe(42);
  expect(wasCompiled).toBe(true);
});

it('does not take the compiled code of another text of the same length', () => {
  aCompiledProgram('42');
  aProgram('43');
  const { exports: program, wasCompiled } = openElsewhere();
  expect(program.answer()).toBe(43);
  expect(wasCompiled).toBe(false);
});

it.each<[what: string, bytes: Buffer]>([
  ['is empty', Buffer.alloc(0)],
  ['is something else', Buffer.from('nothing of V8')],
])('runs from its text where the compiled code %s', (_what, bytes) => {
  aCompiledProgram('42');
  const [name = ''] = codeFiles();
  writeFileSync(join(folder, name), bytes);
  const { exports: program, wasCompiled } = openElsewhere();
  expect(program.answer()).toBe(42);
  expect(wasCompiled).toBe(false);
});

it('knows its folder, and finds packages from there', () => {
  mkdirSync(join(folder, 'node_modules', 'beside'), { recursive: true });
  writeFileSync(join(folder, 'node_modules', 'beside', 'index.js'), 'module.exports = "found";');
  aProgram('[__dirname, require("beside")]');
  expect(open().exports.answer()).toEqual([folder, 'found']);
});
