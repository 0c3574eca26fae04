/** Results on disk: `<results dir>/[<destination path>/]<task id>/`, each file written whole or not at all. */
import { randomBytes } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import type { JsonObject } from './protocol';

/** The directory of a task. A destination path that leaves the results directory is refused. */
export function taskDirectory(resultsDir: string, folder: string, taskId: string): string {
  const directory = resolve(resultsDir, folder, taskId);
  if (relative(resultsDir, directory).startsWith('..')) {
    throw new Error('output.destination.path leads out of the results directory');
  }
  return directory;
}

/** Writes the bare result as `responses.json`, and a `manifest.json` about it beside it. */
export async function writeResult(
  directory: string,
  result: JsonObject,
  manifest: JsonObject,
): Promise<void> {
  await writeWhole(directory, 'manifest.json', JSON.stringify(manifest, null, 2));
  await writeWhole(directory, 'responses.json', JSON.stringify(result));
}

/** Writes one file and gives its path. */
export async function writeWhole(
  directory: string,
  name: string,
  content: string | Uint8Array,
): Promise<string> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, name);
  const spool = `${path}.${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(spool, content);
  await rename(spool, path);
  return path;
}
