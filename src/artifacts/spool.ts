/** The waiting room for bytes on their way in: nothing is seen under its own name before it is whole and on disk. */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { link, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { ProblemError } from '../core/errors';
import type { AttemptId } from '../core/ids';
import { asError, errnoOf } from '../http/errno';
import { orNull } from './task-directory';

/** Below the results directory, so that a rename out of it stays on one volume. */
export const SPOOL_DIRECTORY = '.spool';
/** What nobody has written to for so long was left behind by a crash; every live upload moves at least once a minute. */
const LEFT_BEHIND_MS = 3_600_000;
/** A result of which nothing came for so long is not on its way any more: a body that stalls is cut off. */
const STALLED_MS = 60_000;
const POST_WAIT_MS = 15_000;
const LOOK_EVERY_MS = 50;

/** A copy of the directory has a file of two names twice. */
const MOST_LINKED_BYTES = 1024 * 1024;

/** On bare descriptors: a FileHandle is an emitter of events with a finalizer, which a small file costs as much as a large. */
const open = promisify(fs.open);
const write = promisify(fs.writeFile);
const sync = promisify(fs.fsync);
const close = promisify(fs.close);

/** Makes renames in these directories survive a power cut; one that is gone has nothing to keep. */
export async function syncDirectories(paths: Iterable<string>): Promise<void> {
  await Promise.all([...new Set(paths)].map(syncDirectory));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await orNull(open(path, 'r'));
  if (directory === null) return;
  try {
    await sync(directory);
  } finally {
    await close(directory);
  }
}

/**
 * A name that says something about a file: another name of that file, which costs the volume no new one, or, of a large
 * file and where the volume has no such names, an empty file. What is there stays as it is.
 */
export async function nameBeside(
  path: string,
  file: string,
  { size }: Pick<fs.Stats, 'size'>,
): Promise<void> {
  if (size <= MOST_LINKED_BYTES && (await isLinked(file, path))) return;
  await close(await open(path, 'a'));
}

async function isLinked(file: string, path: string): Promise<boolean> {
  try {
    await link(file, path);
    return true;
  } catch (error) {
    return errnoOf(error) === 'EEXIST';
  }
}

const IN_THE_WAY = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

/** 409 when no file can be there. */
export async function renameOver(path: string, target: string): Promise<void> {
  try {
    await rename(path, target);
  } catch (error) {
    if (!IN_THE_WAY.has(errnoOf(error))) throw error;
    throw new ProblemError('conflict', `Where ${basename(target)} belongs, something else is in the way.`);
  }
}

/**
 * One file on its way in. It ends by `release`, where it then lies, or by `discard`, which after that does nothing.
 * A small one may be held in memory, and come to disk only where `moveTo` says.
 */
export class SpoolFile {
  private mine = true;
  private held: Buffer | null = null;

  /** Without a descriptor it is sealed already. */
  constructor(
    private place: string | null,
    private descriptor: number | null = null,
  ) {}

  static holding(content: Buffer): SpoolFile {
    const file = new SpoolFile(null);
    file.held = content;
    return file;
  }

  get isMine(): boolean {
    return this.mine;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.descriptor === null) throw new Error('the spool file is sealed');
    await write(this.descriptor, bytes);
  }

  /** No more bytes; what there is, is on disk when this returns. */
  async seal(): Promise<void> {
    if (this.descriptor === null) return;
    crashPoint('spool.written');
    await sync(this.descriptor);
    crashPoint('spool.synced');
    await this.close();
  }

  /** No more bytes, without waiting for the disk. */
  async close(): Promise<void> {
    const { descriptor } = this;
    this.descriptor = null;
    if (descriptor !== null) await close(descriptor);
  }

  stats(): Promise<fs.Stats> {
    return stat(this.where());
  }

  /**
   * Renames it, replacing what is there, or writes what is held under a name that nobody has; that, `seal` brings to
   * disk. It is still to be released or discarded. 409 when no file can be there.
   */
  async moveTo(target: string): Promise<void> {
    if (this.held !== null) {
      this.descriptor = await open(target, 'wx');
      this.place = target;
      await this.write(this.held);
      this.held = null;
    } else {
      await this.seal();
      await renameOver(this.where(), target);
      this.place = target;
    }
    crashPoint('spool.placed');
  }

  /** It has its place: whoever discards it now leaves it there. */
  release(): void {
    this.mine = false;
  }

  /** Undoes `release`. */
  reclaim(): void {
    this.mine = true;
  }

  async discard(): Promise<void> {
    await this.close();
    if (!this.mine) return;
    this.mine = false;
    this.held = null;
    if (this.place !== null) await rm(this.place, { force: true });
  }

  private where(): string {
    if (this.place === null) throw new Error('the spool file is not on disk yet');
    return this.place;
  }
}

@Injectable()
export class Spool implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Spool.name);
  readonly directory: string;
  private sweeper: NodeJS.Timeout | undefined;

  constructor(config: AppConfig) {
    this.directory = join(config.resultsDir, SPOOL_DIRECTORY);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.ensure();
    await this.sweep();
    this.sweeper = setInterval(() => void this.sweep(), LEFT_BEHIND_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.sweeper);
  }

  /** `attempt`: whose result it will be; every replica sees by the name that it is on its way. */
  async create(attempt: AttemptId | null = null): Promise<SpoolFile> {
    const path = join(this.directory, `${attempt === null ? '' : `${attempt}.`}${randomUUID()}.part`);
    try {
      return new SpoolFile(path, await open(path, 'wx'));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await this.ensure();
      return new SpoolFile(path, await open(path, 'wx'));
    }
  }

  /** A whole small file, on disk when this returns. */
  async put(target: string, content: string): Promise<void> {
    await this.write(target, content, (file) => file.seal());
    await syncDirectories([dirname(target)]);
  }

  /** The same for what can be made again: a power cut may take it. */
  async note(target: string, content: string): Promise<void> {
    await this.write(target, content, (file) => file.close());
  }

  /** Returns when no result of the attempt is on its way any more, to whichever replica; after 15 s at the latest. */
  async postsEnded(attempt: AttemptId): Promise<void> {
    const deadline = performance.now() + POST_WAIT_MS;
    while ((await this.hasPost(attempt)) && performance.now() < deadline) await sleep(LOOK_EVERY_MS);
  }

  /** Milliseconds since 1970 by the clock of the volume, which stamps the files: this machine's may be hours off. */
  async volumeNowMs(): Promise<number> {
    const probe = await this.create();
    try {
      return (await probe.stats()).mtimeMs;
    } finally {
      await probe.discard();
    }
  }

  /** Those of these files that nobody has written to for an hour. */
  async leftBehind(paths: readonly string[]): Promise<string[]> {
    if (paths.length === 0) return [];
    const before = (await this.volumeNowMs()) - LEFT_BEHIND_MS;
    const all = await Promise.all(paths.map((path) => orNull(stat(path))));
    return paths.filter((_, i) => (all[i]?.mtimeMs ?? Infinity) < before);
  }

  /** Removes those of these files that nobody has written to for an hour; what stays is said, and tried again later. */
  async removeLeftBehind(paths: readonly string[]): Promise<void> {
    for (const path of await this.leftBehind(paths)) {
      try {
        await rm(path, { force: true });
      } catch (error) {
        this.logger.warn({ path, err: asError(error) }, 'a left-over of the spool could not be removed');
      }
    }
  }

  private async sweep(): Promise<void> {
    try {
      await this.removeLeftBehind(await this.parts());
    } catch (error) {
      this.logger.warn({ err: asError(error) }, 'the spool could not be swept');
    }
  }

  private async hasPost(attempt: AttemptId): Promise<boolean> {
    const paths = (await this.parts()).filter((path) => basename(path).startsWith(`${attempt}.`));
    if (paths.length === 0) return false;
    const since = (await this.volumeNowMs()) - STALLED_MS;
    const all = await Promise.all(paths.map((path) => orNull(stat(path))));
    return all.some((stats) => stats !== null && stats.mtimeMs >= since);
  }

  private async parts(): Promise<string[]> {
    const entries = (await orNull(readdir(this.directory, { withFileTypes: true }))) ?? [];
    return entries.filter((entry) => entry.isFile()).map((entry) => join(this.directory, entry.name));
  }

  private async write(
    target: string,
    content: string,
    end: (file: SpoolFile) => Promise<void>,
  ): Promise<void> {
    const file = await this.create();
    try {
      await file.write(content);
      await end(file);
      await file.moveTo(target);
      file.release();
    } finally {
      await file.discard();
    }
  }

  private async ensure(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
  }
}
