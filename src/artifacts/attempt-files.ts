/**
 * Uploads of an attempt that is not known to win yet, in `<task>/.orchestrator/attempts/<attempt>/`: the layout of a
 * task's own directory. The winner's are moved into that, the others go.
 */
import { Injectable, Logger } from '@nestjs/common';
import { lstat, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import { errnoOf } from '../http/errno';
import { renameOver } from './spool-file';
import { makeDirectories, orNull, OWN_DIRECTORY, removeEmpty } from './task-directory';

const ATTEMPTS = 'attempts';
/** Below `.orchestrator`, beside the files that the records are about. */
const RECORDS = 'files';
/** An upload that comes in between is moved in the next round. */
const MAX_ROUNDS = 3;

/**
 * Where the record of a file lies: that of `a/b` is `a.d/b.json`, since `a.json` may be the name of a directory, and is
 * that of the record of `a`.
 */
export function recordPath(directory: string, path: string): string {
  return join(directory, ...recordDirectories(path), `${basename(path)}.json`);
}

/** Makes the place for the record of a file in this directory. */
export async function ensureRecords(directory: string, path = ''): Promise<void> {
  await makeDirectories(directory, recordDirectories(path));
}

function recordDirectories(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return [OWN_DIRECTORY, RECORDS, ...names.map((name) => `${name}.d`)];
}

export abstract class AttemptFiles {
  /**
   * The task is DONE by this attempt: its files are the task's. By any replica, also by several at once.
   * false: nothing was staged.
   */
  abstract promote(id: TaskId, winner: AttemptId | null): Promise<boolean>;
  /** Nobody has won: what the last attempt left may be looked at, the others are seen by nobody. */
  abstract keepOnly(id: TaskId, attempt: AttemptId | null): Promise<void>;
  /** The attempt can win no more. */
  abstract remove(id: TaskId, attempt: AttemptId): Promise<void>;
}

@Injectable()
export class LocalAttemptFiles extends AttemptFiles {
  private readonly logger = new Logger(LocalAttemptFiles.name);
  private readonly root: string;

  constructor(config: AppConfig) {
    super();
    this.root = config.resultsDir;
  }

  directory(id: TaskId, attempt: AttemptId): string {
    return join(this.all(id), attempt);
  }

  /** Whether there are any, of whichever attempt. */
  async exist(id: TaskId): Promise<boolean> {
    return (await orNull(lstat(this.all(id)))) !== null;
  }

  /** Makes the attempt's directory. With its first file those of other attempts go: they can win no more. */
  async ensure(id: TaskId, attempt: AttemptId): Promise<{ path: string; changed: string[] }> {
    const made = await makeDirectories(this.root, [id, OWN_DIRECTORY, ATTEMPTS, attempt]);
    if (made.changed.includes(this.all(id))) await this.removeOthers(id, attempt);
    return made;
  }

  async promote(id: TaskId, winner: AttemptId | null): Promise<boolean> {
    if (!(await this.exist(id))) return false;
    await this.removeOthers(id, winner);
    if (winner !== null) await this.moveOut(id, this.directory(id, winner));
    await removeEmpty(this.all(id));
    return true;
  }

  async keepOnly(id: TaskId, attempt: AttemptId | null): Promise<void> {
    await this.removeOthers(id, attempt);
    await removeEmpty(this.all(id));
  }

  async remove(id: TaskId, attempt: AttemptId): Promise<void> {
    await rm(this.directory(id, attempt), { recursive: true, force: true });
    await removeEmpty(this.all(id));
  }

  private all(id: TaskId): string {
    return join(this.root, id, OWN_DIRECTORY, ATTEMPTS);
  }

  private async removeOthers(id: TaskId, attempt: AttemptId | null): Promise<void> {
    for (const name of (await orNull(readdir(this.all(id)))) ?? []) {
      if (name !== attempt) await rm(join(this.all(id), name), { recursive: true, force: true });
    }
  }

  private async moveOut(id: TaskId, from: string): Promise<void> {
    const { path: target } = await makeDirectories(this.root, [id]);
    await ensureRecords(target);
    const records = join(from, OWN_DIRECTORY, RECORDS);
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      // A record counts only where it fits its file, so it can go first; after it, it would be lost with a crash.
      for (const name of (await orNull(readdir(records))) ?? []) {
        await gone(rename(join(records, name), join(target, OWN_DIRECTORY, RECORDS, name)));
      }
      for (const entry of (await orNull(readdir(from, { withFileTypes: true }))) ?? []) {
        if (entry.isFile()) await this.moveFile(join(from, entry.name), join(target, entry.name));
      }
      const empty =
        (await removeEmpty(records)) &&
        (await removeEmpty(join(from, OWN_DIRECTORY))) &&
        (await removeEmpty(from));
      if (empty) return;
    }
  }

  private async moveFile(path: string, target: string): Promise<void> {
    try {
      await gone(renameOver(path, target));
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.logger.warn({ path }, `a file of the winning attempt stays where it is: ${error.message}`);
    }
  }
}

/** Another replica may have been faster. */
async function gone(promise: Promise<void>): Promise<void> {
  try {
    await promise;
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
  }
}
