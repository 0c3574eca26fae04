/** The rotating log file: `<name>.<n>.log`, and under the configured name a link to the newest of them. */
import { once } from 'node:events';
import { existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { basename, dirname, join, parse } from 'node:path';
import roll from 'pino-roll';

export interface LogFile {
  write(line: string): void;
  /** Resolves when everything written is in the file. Lines after it are dropped. */
  close(): Promise<void>;
}

export interface LogFileOptions {
  /** Absolute. Its folder is made when it is not there. */
  path: string;
  maxBytes: number;
  /** Files kept beside the newest. */
  backupCount: number;
  /** Called once, when writing fails later on (a full disk, say). */
  onFailure: (error: Error) => void;
}

/** Rejects when the file cannot be written. */
export async function openLogFile({
  path,
  maxBytes,
  backupCount,
  onFailure,
}: LogFileOptions): Promise<LogFile> {
  makeFolder(dirname(path));
  makeWayForLink(path);
  const stream = await roll({ file: path, size: `${String(maxBytes)}b` });
  await once(stream, 'ready');

  let failed = false;
  const fail = (error: Error): void => {
    if (!failed) onFailure(error);
    failed = true;
  };
  const settle = (): void => {
    try {
      linkTo(stream.file, path);
      prune(path, backupCount + 1);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  stream.on('error', fail);
  stream.on('ready', settle);
  settle();

  let open = true;
  return {
    write: (line) => {
      if (open) stream.write(line);
    },
    close: async () => {
      if (!open) return;
      open = false;
      const closed = once(stream, 'close');
      stream.end();
      await closed;
    },
  };
}

/** Not mkdir's own recursion, which never returns below /proc. */
function makeFolder(path: string): void {
  if (existsSync(path)) return;
  makeFolder(dirname(path));
  mkdirSync(path);
}

/** A plain file of the name, left by another program, becomes the oldest of the rotated ones. */
function makeWayForLink(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSymbolicLink()) return;
  if (!found.isFile()) throw new Error('it is neither a file nor a link');
  const { dir, stem, extension } = partsOf(path);
  renameSync(path, join(dir, `${stem}.0${extension}`));
}

/** Replaces the link in one step, so that whoever follows the name always finds a file. */
function linkTo(target: string, path: string): void {
  const fresh = `${path}.link`;
  rmSync(fresh, { force: true });
  symlinkSync(basename(target), fresh);
  renameSync(fresh, path);
}

/** Removes all but the newest files. pino-roll's own limit counts the newest in or out, as it happens. */
function prune(path: string, keep: number): void {
  const { dir, stem, extension } = partsOf(path);
  const numbers = readdirSync(dir)
    .filter((name) => name.startsWith(`${stem}.`) && name.endsWith(extension))
    .map((name) => name.slice(stem.length + 1, -extension.length))
    .filter((text) => /^\d+$/.test(text))
    .sort((a, b) => Number(b) - Number(a));
  for (const number of numbers.slice(keep))
    rmSync(join(dir, `${stem}.${number}${extension}`), { force: true });
}

/** `/logs/o.log` is `o` and `.log` in `/logs`; without an extension pino-roll takes `.log`. */
function partsOf(path: string): { dir: string; stem: string; extension: string } {
  const { dir, name, ext } = parse(path);
  return { dir, stem: name, extension: ext === '' ? '.log' : ext };
}
