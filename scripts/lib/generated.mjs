// Files that are made from others and committed: written, or, with `--check`, compared.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import { ROOT } from './paths.mjs';

/**
 * Writes `text` into `file`; one that is so already is left as it is, since what is newer than the build is built. Called
 * with `--check`, it writes nothing, and says with its exit code whether the file is what `source` makes.
 */
export function keepGenerated(file, text, { source, command }) {
  const isFresh = existsSync(file) && readFileSync(file, 'utf8') === text;
  if (!process.argv.includes('--check')) {
    if (!isFresh) writeFileSync(file, text);
    console.log(`${file} written`);
  } else if (!isFresh) {
    console.error(`${relative(ROOT, file)} is not what ${source} makes: run ${command}`);
    process.exitCode = 1;
  }
}
