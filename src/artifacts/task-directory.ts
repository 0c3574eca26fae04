/** Where a task's files lie below the results directory, and how to open them without being led out of it. */
import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, realpath, rmdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import type { Stats } from 'node:fs';
import type { TaskId } from '../core/ids';
import { isObject } from '../core/json';
import type { TaskDocument } from '../core/model';
import { destinationOf } from '../core/wire/destination';
import { ProblemError } from '../core/errors';
import { errnoOf } from '../http/errno';

/** Our own files within a task's directory. */
export const OWN_DIRECTORY = '.orchestrator';

/** Is `path` the directory `root` itself or below it? Both absolute and normal. */
export function isWithin(root: string, path: string): boolean {
  const way = relative(root, path);
  return way === '' || (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way));
}

/**
 * The directories in which a worker on shared storage may have left files of this task: `<results>/<id>`, and
 * `<results>/<P>/<id>` for a document with `output.destination: {type: local, path: P}`. A P that leads out of the
 * results directory is left aside.
 */
export function taskDirectories(root: string, id: TaskId, document: TaskDocument | null): string[] {
  const own = join(root, id);
  const path = localDestination(document);
  if (path === null || path.includes('\0')) return [own];
  const base = resolve(root, path);
  if (!isWithin(root, base)) return [own];
  const other = join(base, id);
  return other === own ? [own] : [own, other];
}

function localDestination(document: TaskDocument | null): string | null {
  const destination = document === null ? undefined : destinationOf(document);
  if (!isObject(destination) || destination.type !== 'local') return null;
  const path = destination.path;
  return typeof path === 'string' ? path : null;
}

const ABSENT = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EACCES', 'EPERM', 'ENXIO', 'EISDIR']);

/** Errors that mean: there is no such file for us. */
export function isAbsent(error: unknown): boolean {
  return ABSENT.has(errnoOf(error));
}

/** The value, or null when there is no such file. */
export async function orNull<T>(promise: Promise<T>): Promise<T | null> {
  try {
    return await promise;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  }
}

/**
 * Opens a regular file for reading; null when there is none, when it is a link, or when its directory really lies
 * outside of `root`. The caller closes the handle.
 * @param name may be a path; then no directory in it is a link either
 */
export async function openRegular(
  root: string,
  directory: string,
  name: string,
): Promise<{ handle: FileHandle; stats: Stats } | null> {
  // O_NONBLOCK: a pipe that somebody planted must not hold us.
  const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
  // First, since most of what is asked for is not there; nothing is read before it is known where it lies.
  const handle = await orNull(open(join(directory, name), flags));
  if (handle === null) return null;
  try {
    const [stats, realRoot, realDirectory] = await Promise.all([
      handle.stat(),
      realpath(root),
      orNull(realpath(directory)),
    ]);
    if (
      stats.isFile() &&
      realDirectory !== null &&
      isWithin(realRoot, realDirectory) &&
      (!name.includes('/') || (await isAt(join(realDirectory, name), stats)))
    )
      return { handle, stats };
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/**
 * Is this very file there, with no link on the way? Its directory may have been a link when the file was opened, and may
 * be none when that is asked: then another file is there.
 */
async function isAt(path: string, { dev, ino }: Stats): Promise<boolean> {
  const directory = dirname(path);
  const [real, there] = await Promise.all([orNull(realpath(directory)), orNull(lstat(path))]);
  return real === directory && there?.dev === dev && there.ino === ino;
}

/**
 * The directory at the end of `parts` below `base`, made when missing; 409 when a link or a file stands in its place.
 * `changed`: the directories that have a new one in them, to be synced when what lies in the new ones must last.
 */
export async function makeDirectories(
  base: string,
  parts: readonly string[],
): Promise<{ path: string; changed: string[] }> {
  const changed: string[] = [];
  let path = base;
  for (const part of parts) {
    const parent = path;
    path = join(parent, part);
    if (await makeDirectory(path)) changed.push(parent);
  }
  return { path, changed };
}

/** false: it was there. */
async function makeDirectory(path: string): Promise<boolean> {
  if (await makeUnlessThere(path)) return true;
  if ((await lstat(path)).isDirectory()) return false;
  throw new ProblemError('conflict', `Where ${basename(path)} belongs, something else is in the way.`);
}

/**
 * Makes a directory, and those above it that are missing. Not by the recursion of `mkdir`, which says of a volume that is
 * full that there is no such directory.
 */
export async function ensureDirectory(path: string): Promise<void> {
  try {
    await makeUnlessThere(path);
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    await ensureDirectory(dirname(path));
    await makeUnlessThere(path);
  }
}

/** false: something was there. */
async function makeUnlessThere(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    return false;
  }
}

/** Removes it when it is empty; whether it is gone. */
export async function removeEmpty(path: string): Promise<boolean> {
  try {
    await rmdir(path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return true;
    if (errnoOf(error) === 'ENOTEMPTY' || errnoOf(error) === 'EEXIST') return false;
    throw error;
  }
}
