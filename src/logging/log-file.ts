/** The rotating log file: `<name>.<n>.log`, and under the configured name a link to the newest of them. */
import { once } from 'node:events';
import { lstatSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
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
  mkdirSync(dirname(path), { recursive: true });
  makeWayForLink(path);
  const stream = await roll({
    file: path,
    size: `${String(maxBytes)}b`,
    limit: { count: backupCount, removeOtherLogFiles: true },
  });
  await once(stream, 'ready');

  let failed = false;
  const fail = (error: Error): void => {
    if (!failed) onFailure(error);
    failed = true;
  };
  const link = (): void => {
    try {
      linkTo(stream.file, path);
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  stream.on('error', fail);
  stream.on('ready', link);
  link();

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

/** A plain file of the name, left by another program, becomes the oldest of the rotated ones. */
function makeWayForLink(path: string): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined || found.isSymbolicLink()) return;
  if (!found.isFile()) throw new Error('it is neither a file nor a link');
  const { dir, name, ext } = parse(path);
  renameSync(path, join(dir, `${name}.0${ext === '' ? '.log' : ext}`));
}

/** Replaces the link in one step, so that whoever follows the name always finds a file. */
function linkTo(target: string, path: string): void {
  const fresh = `${path}.link`;
  rmSync(fresh, { force: true });
  symlinkSync(basename(target), fresh);
  renameSync(fresh, path);
}
