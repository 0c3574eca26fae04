/**
 * Reads what a worker has left on shared storage, in one go: for a thread, since each step of it may wait for a disk or a
 * server far away. Done step by step from the event loop, reading a small file is mostly the waking of threads.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type FileVersion, isSameVersion, versionOf } from '../artifacts/file-version';
import { isAbsent, isWithin } from '../artifacts/task-directory';

export interface LeftRequest {
  root: string;
  /** Where it may be. */
  directories: readonly string[];
  name: string;
  /** Larger files are said to be there, and not read. */
  maxBytes: number;
}

export interface LeftFile extends FileVersion {
  /** All of it. */
  bytes: Uint8Array | null;
}

/** One answer for each directory; null when there is no regular file of ours there, or one that is being written. */
export function readLeft({ root, directories, name, maxBytes }: LeftRequest): (LeftFile | null)[] {
  return directories.map((directory) => readFrom(root, directory, name, maxBytes));
}

/** As `openRegular` does it. */
function readFrom(root: string, directory: string, name: string, maxBytes: number): LeftFile | null {
  let descriptor: number | null = null;
  try {
    // O_NONBLOCK: a pipe that somebody planted must not hold us.
    descriptor = openSync(
      join(directory, name),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
    const stats = fstatSync(descriptor);
    if (!stats.isFile() || !isInside(root, directory)) return null;
    return stats.size > maxBytes ? { ...versionOf(stats), bytes: null } : readWhole(descriptor, stats);
  } catch (error) {
    if (isAbsent(error)) return null;
    throw error;
  } finally {
    if (descriptor !== null) closeSync(descriptor);
  }
}

/** No link on the way to the directory leads out of the root. In the root itself, it would have to be one. */
function isInside(root: string, directory: string): boolean {
  if (dirname(directory) === root && lstatSync(directory).isDirectory()) return true;
  return isWithin(realpathSync.native(root), realpathSync.native(directory));
}

/** null: it was written over meanwhile. */
function readWhole(descriptor: number, before: Stats): LeftFile | null {
  // Of its own memory, all of which goes from thread to thread.
  const bytes = Buffer.allocUnsafeSlow(before.size);
  for (let done = 0; done < bytes.length;) {
    const count = readSync(descriptor, bytes, done, bytes.length - done, done);
    if (count === 0) return null;
    done += count;
  }
  return isSameVersion(before, fstatSync(descriptor)) ? { ...versionOf(before), bytes } : null;
}
