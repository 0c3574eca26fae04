/** For tests of what is not ours to read or to remove, also where they run as root, to whom everything is allowed. */
import { execFileSync } from 'node:child_process';

/** A user who has no rights but those that are given to all. */
const NOBODY = 65_534;

export const isRoot = process.geteuid?.() === 0;

/** What is below the directory belongs to the user who this process is after `dropRights`. */
export function giveAway(directory: string): void {
  if (isRoot) execFileSync('chown', ['-R', String(NOBODY), directory]);
}

export function dropRights(): void {
  if (isRoot) process.seteuid?.(NOBODY);
}

export function regainRights(): void {
  if (isRoot) process.seteuid?.(0);
}
