/** The waiting room for bytes on their way in: nothing is seen under its own name before it is whole and on disk. */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { readdir, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import type { AttemptId } from '../core/ids';
import { asError, errnoOf } from '../http/errno';
import { localDeviceOf } from './local-volume';
import { open, SpoolFile, syncDirectories } from './spool-file';
import { ownersOf, SpoolOwners } from './spool-owners';
import { ensureDirectory, orNull } from './task-directory';

/** Below the results directory, so that a rename out of it stays on one volume. */
export const SPOOL_DIRECTORY = '.spool';
/** What names no process and was not written to for so long was left behind by a crash. */
const LEFT_BEHIND_MS = 3_600_000;
/** Remains go soon after their process, be it here or at another replica. */
const SWEEP_EVERY_MS = 5_000;
/** A result of which nothing came for so long is not on its way any more: a body that stalls is cut off. */
const STALLED_MS = 60_000;
const POST_WAIT_MS = 15_000;
const LOOK_EVERY_MS = 50;

@Injectable()
export class Spool implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown {
  private readonly logger = new Logger(Spool.name);
  readonly directory: string;
  private readonly owners: SpoolOwners;
  private sweeper: NodeJS.Timeout | undefined;
  /** It lies on a file system of this machine's own. */
  private isLocal = false;

  constructor(config: AppConfig) {
    this.directory = join(config.resultsDir, SPOOL_DIRECTORY);
    this.owners = new SpoolOwners(join(this.directory, 'owners'));
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.owners.begin();
    this.isLocal = (await localDeviceOf(this.directory)) !== null;
    await this.sweep();
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.sweeper);
  }

  /** Bodies are taken to their end before: until then this process has to be heard. */
  async onApplicationShutdown(): Promise<void> {
    await this.owners.end();
  }

  /** `attempt`: whose result it will be; every replica sees by the name that it is on its way. */
  async create(attempt: AttemptId | null = null): Promise<SpoolFile> {
    const name = await this.owners.nameFor(attempt === null ? '' : `${attempt}.`);
    const path = join(this.directory, name);
    try {
      return new SpoolFile(path, await open(path, 'wx'));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await ensureDirectory(this.directory);
      return new SpoolFile(path, await open(path, 'wx'));
    }
  }

  /** A small one, in memory until it is told where it belongs. */
  hold(content: Buffer): SpoolFile {
    return SpoolFile.holding(content, this.isLocal);
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
    await this.remove(await this.leftBehind(paths));
  }

  private async remove(paths: readonly string[]): Promise<void> {
    for (const path of paths) {
      try {
        await rm(path, { force: true });
      } catch (error) {
        this.logger.warn({ path, err: asError(error) }, 'a left-over of the spool could not be removed');
      }
    }
  }

  private async sweep(): Promise<void> {
    try {
      const parts = await this.parts();
      await this.remove(await this.owners.withoutOwner(parts));
      await this.removeLeftBehind(parts.filter((path) => ownersOf(path).length === 0));
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
}
