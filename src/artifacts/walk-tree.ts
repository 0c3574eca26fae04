/** What lies in a task's directory and in those below it: a bounded walk that follows no link. */
import type { Dirent } from 'node:fs';
import { opendir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { filePathIssue, isReservedName } from '../core/files/file-names';
import type { LeftOut } from './stored-file';
import { isWithin, orNull, OWN_DIRECTORY } from './task-directory';
import { isTemporary } from './unfinished';

/** How much more is looked at; counted down. */
export interface Room {
  entries: number;
}

export interface Tree {
  /** Paths below the directory, of what is a file and may be called so; nobody has opened it yet. */
  files: string[];
  leftOut: LeftOut[];
}

/** Level by level, so that a directory of many files hides none of those above it. */
export async function walkTree(root: string, top: string, room: Room): Promise<Tree> {
  const tree: Tree = { files: [], leftOut: [] };
  const [realRoot, realTop] = await Promise.all([realpath(root), orNull(realpath(top))]);
  if (realTop === null || !isWithin(realRoot, realTop)) return tree;
  const directories = [''];
  // It grows while it is walked.
  for (const path of directories) directories.push(...(await readLevel(realTop, path, room, tree)));
  return tree;
}

/** Adds what is in one directory, and returns the directories there. */
async function readLevel(top: string, path: string, room: Room, { files, leftOut }: Tree): Promise<string[]> {
  const below: string[] = [];
  const place = join(top, path);
  const directory = await orNull(opendir(place));
  if (directory === null) {
    if (path !== '') leftOut.push({ name: path, why: 'not_a_file' });
    return below;
  }
  try {
    // It may have become a link since it was found.
    if ((await orNull(realpath(place))) !== place) {
      leftOut.push({ name: path, why: 'not_a_file' });
      return below;
    }
    for (let entry = await directory.read(); entry !== null; entry = await directory.read()) {
      if (path === '' && isOwn(entry.name)) continue;
      if (room.entries === 0) {
        leftOut.push({ name: path === '' ? '.' : path, why: 'too_many' });
        return below;
      }
      room.entries -= 1;
      const name = path === '' ? entry.name : `${path}/${entry.name}`;
      const why = reasonAgainst(entry, name);
      if (why !== null) leftOut.push({ name, why });
      else (entry.isFile() ? files : below).push(name);
    }
    return below;
  } finally {
    await directory.close();
  }
}

/** What tells already by its name and its kind that it is none of the task's files, nor has any. */
function reasonAgainst(entry: Dirent, name: string): LeftOut['why'] | null {
  if (!entry.isFile() && !entry.isDirectory()) return 'not_a_file';
  if (filePathIssue(name) !== null) return 'name';
  // A file under such a name may be an upload.
  return entry.isDirectory() && isTemporary(name) ? 'unfinished' : null;
}

/** Ours, or the worker's beside its files: nobody asked for them here. */
const isOwn = (name: string): boolean =>
  name === OWN_DIRECTORY || /^\.(?:result|deleted)~/.test(name) || isReservedName(name);
