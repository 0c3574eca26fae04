/** What the build leaves for a start: one file with its compiled code, and the modules that it was made of. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
/** All of a start but the service itself: it ends as soon as it has seen that it is told nothing. */
const WITHOUT_SETTINGS = { PATH: process.env.PATH ?? '' };

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'start-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** How the process ends, and how many files it has loaded as modules until then. */
function startOf(dist: string): { code: number | null; stderr: string; modules: number } {
  const counting = join(ROOT, 'test/helpers/count-modules.cjs');
  const { status, stderr, stdout } = spawnSync(
    process.execPath,
    ['--require', counting, join(dist, 'main.js')],
    { env: WITHOUT_SETTINGS, encoding: 'utf8', cwd: folder },
  );
  return { code: status, stderr, modules: Number(/(\d+) modules/.exec(stdout)?.[1]) };
}

it('the service comes out of one file', () => {
  const { code, stderr, modules } = startOf(join(ROOT, 'dist'));
  expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringContaining('REDIS_URL is not set') });
  expect(modules).toBeLessThan(10);
});

it('without that file it comes out of its modules, and says the same', () => {
  cpSync(join(ROOT, 'dist'), join(folder, 'dist'), {
    recursive: true,
    filter: (path) => !path.includes('service.bundle'),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  const { code, stderr, modules } = startOf(join(folder, 'dist'));
  expect({ code, stderr }).toEqual({ code: 1, stderr: startOf(join(ROOT, 'dist')).stderr });
  expect(modules).toBeGreaterThan(1_000);
});

it('the compiled code beside the file is of this file and this Node', () => {
  const program = `
    const { openBundle } = require('./dist/bundle.js');
    console.log(openBundle(require('node:path').resolve('dist/service.bundle.js')).wasCompiled);
    process.exit(0);`;
  expect(execFileSync(process.execPath, ['-e', program], { cwd: ROOT, encoding: 'utf8' })).toBe('true\n');
});
