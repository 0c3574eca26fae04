// The Node of the image: a program of the release line that the Dockerfile names, from the package registry, in `.cache`.
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CACHE, installOnce } from './cache.mjs';
import { insist } from './processes.mjs';

const VERSION = '24.21.0';
/** In a folder of its own: whoever puts that on a PATH finds nothing else there. */
const PROGRAM = join(CACHE, 'node/bin/node');

/** Where it is, installed if it is not there yet; throws where there is none for this machine, or no registry. */
export async function installImageNode(say) {
  const what = 'Node of the image';
  await installOnce({ what, version: VERSION, makes: PROGRAM, install, say });
  return PROGRAM;
}

async function install() {
  mkdirSync(dirname(PROGRAM), { recursive: true });
  const folder = mkdtempSync(join(CACHE, 'download-'));
  try {
    const name = `node-${process.platform}-${process.arch}@${VERSION}`;
    await insist('npm', ['pack', '--silent', name, '--pack-destination', folder]);
    const [archive] = readdirSync(folder);
    await insist('tar', ['-xzf', join(folder, archive), '-C', folder, 'package/bin/node']);
    copyFileSync(join(folder, 'package/bin/node'), PROGRAM);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
