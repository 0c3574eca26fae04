/**
 * Directories on their way out, in `.spool/deleted/`. One rename takes a task's directory out of everybody's sight, whole;
 * what is in it goes piece by piece, and whoever finds some of it left goes on. A file that somebody reads stays with its
 * reader. Links are removed, never followed.
 */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { Stats } from 'node:fs';
import { lstat, opendir, readdir, realpath, rename, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import type { DeletionCause } from '../core/model';
import { SharedRun } from '../core/shared-run';
import { asError, errnoOf, isFull } from '../http/errno';
import { Metrics } from '../metrics/metrics';
import { Spool } from './spool';
import { ensureDirectory, isWithin, orNull } from './task-directory';

/** In the spool. */
const BIN = 'deleted';
const SEPARATOR = '~';
/** Nothing below a longer path may have one that the system takes: it is moved to where its path is short. */
const MAX_PATH_BYTES = 2_048;
/** What the system says where a directory belongs to another user, or to a mount that nobody may write to. */
const RIGHTS = new Set(['EACCES', 'EPERM', 'EROFS']);
/** So often a directory that was emptied and is not empty is gone through again. */
const MAX_ROUNDS = 10;

@Injectable()
export class Trash implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Trash.name);
  private readonly root: string;
  private readonly directory: string;
  private readonly emptying = new SharedRun(() => this.emptyNow());
  private stopped = false;

  constructor(
    config: AppConfig,
    spool: Spool,
    private readonly metrics: Metrics,
  ) {
    this.root = config.resultsDir;
    this.directory = join(spool.directory, BIN);
  }

  /** A volume that is full later has its bin then. */
  async onApplicationBootstrap(): Promise<void> {
    try {
      await ensureDirectory(this.directory);
    } catch (error) {
      this.logger.warn({ err: asError(error) }, 'the bin for deleted files could not be made yet');
    }
  }

  /** What is left is found by whoever empties it next. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    await this.emptying.settled();
  }

  /**
   * Takes whatever is at `path`; nothing, where nothing is, or where its directory really lies outside of the results.
   * What cannot be moved is removed where it is: it lies on another volume, or there is no room for its name in the bin.
   * 503 with what stays and why where it is not ours to take; then it is to be tried again.
   */
  async take(path: string, cause: DeletionCause): Promise<void> {
    const [root, parent] = await Promise.all([realpath(this.root), orNull(realpath(dirname(path)))]);
    if (parent === null || !isWithin(root, parent)) return;
    const place = join(parent, basename(path));
    const target = this.placeFor(cause);
    if ((await orNull(lstat(place))) === null) return;
    try {
      await ensureDirectory(this.directory);
      await rename(place, target);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'ENOENT') return; // another replica has taken it
      if (code !== 'EXDEV' && !isFull(error)) throw this.notOurs(error, path);
      await this.remove(place, cause).catch((failure: unknown) => {
        throw this.notOurs(failure, path);
      });
    }
  }

  /** What is said of a directory that somebody else's rights keep where it is; any other error as it is. */
  private notOurs(error: unknown, path: string): unknown {
    const code = errnoOf(error);
    if (!RIGHTS.has(code)) return error;
    const shown = relative(this.root, path);
    return new ProblemError(
      'unavailable',
      `The result and the files are given to nobody any more, but ${shown} in the results directory could not be removed, since its owner lets us not (${code}). It is tried again.`,
      [{ path: shown, code: 'not_removed', message: `${code}: give the service the right to write there` }],
      { 'Retry-After': '60' },
    );
  }

  /** Ends when everything that was taken by now is gone, or this process is about to end. */
  empty(): Promise<void> {
    return this.emptying.run();
  }

  private async emptyNow(): Promise<void> {
    for (const name of (await orNull(readdir(this.directory))) ?? []) {
      const [cause = ''] = name.split(SEPARATOR);
      try {
        await this.remove(join(this.directory, name), cause as DeletionCause);
      } catch (error) {
        this.logger.warn({ name, err: asError(error) }, 'deleted files could not be removed from disk');
      }
    }
  }

  /** One after the other: whoever stores something meanwhile finds the disk free. */
  private async remove(path: string, cause: DeletionCause, round = 1): Promise<void> {
    const stats = await orNull(lstat(path));
    if (stats === null || this.stopped) return;
    if (!stats.isDirectory()) {
      // A file of several names takes its room until the last of them is gone.
      if ((await this.unlink(path)) && stats.nlink === 1)
        this.metrics.resultBytesDeleted.inc({ cause }, stats.size);
      return;
    }
    if (Buffer.byteLength(path) > MAX_PATH_BYTES) {
      const target = this.placeFor(cause);
      await rename(path, target);
      await this.remove(target, cause);
      return;
    }
    const directory = await orNull(opendir(path));
    if (directory === null) return;
    for await (const { name } of directory) await this.remove(join(path, name), cause);
    await this.removeDirectory(path, cause, round);
  }

  private placeFor(cause: DeletionCause): string {
    return join(this.directory, `${cause}${SEPARATOR}${randomUUID()}`);
  }

  /** false: another replica was faster. */
  private async unlink(path: string): Promise<boolean> {
    try {
      await unlink(path);
      return true;
    } catch (error) {
      if (errnoOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** A directory that is read while it shrinks may not show everything; and another replica may be at it too. */
  private async removeDirectory(path: string, cause: DeletionCause, round: number): Promise<void> {
    if (this.stopped) return;
    try {
      await rmdir(path);
    } catch (error) {
      const code = errnoOf(error);
      if (code === 'ENOENT') return;
      const isNotEmpty = code === 'ENOTEMPTY' || code === 'EEXIST';
      if (!isNotEmpty || round === MAX_ROUNDS) throw error;
      await this.remove(path, cause, round + 1);
    }
  }
}

/** Bytes of all files below, each counted once; links are not followed. 0 where nothing is. */
export async function sizeOfTree(path: string, seen = new Set<number>()): Promise<number> {
  const stats = await orNull(lstat(path));
  if (stats === null) return 0;
  if (!stats.isDirectory()) return isNew(stats, seen) ? stats.size : 0;
  let bytes = 0;
  for (const name of (await orNull(readdir(path))) ?? []) bytes += await sizeOfTree(join(path, name), seen);
  return bytes;
}

/** A file of several names, such as a result and its record, takes its room once. */
function isNew({ nlink, ino }: Stats, seen: Set<number>): boolean {
  if (nlink === 1) return true;
  if (seen.has(ino)) return false;
  seen.add(ino);
  return true;
}
