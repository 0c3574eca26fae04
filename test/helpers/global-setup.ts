/** Runs once before the end-to-end suites: they drive the built service and command line, so the build must be whole and no older than the source. */
import { execFileSync } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
const SOURCES = ['src', 'clients/typescript/src'];
const CLIENT = 'clients/typescript/dist/cli/main.js';

export default function globalSetup(): void {
  // The service's is made after all modules, the client's last of all.
  const built = [changedAt(join(ROOT, 'dist/service.bundle.js')), changedAt(join(ROOT, CLIENT))];
  // Packages are built into the service.
  const others = ['package-lock.json', 'scripts/bundle.mjs'].map((path) => changedAt(join(ROOT, path)) ?? 0);
  const changed = Math.max(...SOURCES.map((path) => newest(join(ROOT, path))), ...others);
  if (built.every((time) => time !== null && time >= changed)) return;
  process.stdout.write('\nbuilding dist, which is missing or older than what it is made of\n');
  execFileSync('npm', ['run', 'build'], { cwd: ROOT, stdio: 'inherit' });
}

function changedAt(path: string): number | null {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

function newest(directory: string): number {
  const times = readdirSync(directory, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.spec.ts'))
    .map((entry) => changedAt(join(entry.parentPath, entry.name)) ?? 0);
  return Math.max(0, ...times);
}
