// What reads docs/openapi.json in Python, for its tests: the generator of the client, and schemathesis. Pinned with
// everything that they need in test/clients/requirements.txt, and installed into a virtual environment in `.cache`.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CACHE } from './cache.mjs';
import { at } from './paths.mjs';
import { insist } from './processes.mjs';

const REQUIREMENTS = at('test/clients/requirements.txt');
const FOLDER = join(CACHE, 'python');
/** Says which requirements are installed; written last. */
const NOTE = join(FOLDER, 'installed');

/** Installs what is missing; throws where there is no Python 3.11 or newer, or no package registry. */
export async function installPythonTools(say) {
  const wanted = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex');
  if (existsSync(NOTE) && readFileSync(NOTE, 'utf8') === wanted) return;
  const fromMs = Date.now();
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(CACHE, { recursive: true });
  await insist('python3', ['-m', 'venv', FOLDER]);
  await insist(join(FOLDER, 'bin/pip'), [
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '--requirement',
    REQUIREMENTS,
  ]);
  writeFileSync(NOTE, wanted);
  say(`the Python tools are installed (${Math.round((Date.now() - fromMs) / 1000)} s)`);
}
