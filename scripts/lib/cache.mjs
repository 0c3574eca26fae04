// Tools that are brought for tests alone, each of a pinned version, into `.cache`.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { at } from './paths.mjs';
import { insist } from './processes.mjs';

export const CACHE = at('.cache');
export const BIN = join(CACHE, 'bin');

/** Does `install` unless what it makes is there, in this version. */
export async function installOnce({ what, version, makes, install, say }) {
  mkdirSync(BIN, { recursive: true });
  const noteFile = join(CACHE, 'installed.json');
  const installed = existsSync(noteFile) ? JSON.parse(readFileSync(noteFile, 'utf8')) : {};
  if (installed[what] === version && existsSync(makes)) return;
  const fromMs = Date.now();
  await install();
  writeFileSync(noteFile, JSON.stringify({ ...installed, [what]: version }, null, 2));
  say(`${what}: installed in ${Math.round((Date.now() - fromMs) / 1000)} s`);
}

/** Builds a program of a Go module, `path@version`, into BIN. */
export async function goInstall(module) {
  await insist('go', ['install', '-ldflags=-s -w', module], { env: { ...process.env, GOBIN: BIN } });
}
