/** The waiting room for bytes on their way in: nothing is seen under its own name before it is whole and on disk. */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { asError, errnoOf } from '../http/errno';

/** Below the results directory, so that a rename out of it stays on one volume. */
export const SPOOL_DIRECTORY = '.spool';
/** What nobody has written to for so long was left behind by a crash; every live upload moves at least once a minute. */
const LEFT_BEHIND_MS = 3_600_000;

/** Makes a rename in this directory survive a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r');
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

const IN_THE_WAY = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

async function renameOver(path: string, target: string): Promise<void> {
  try {
    await rename(path, target);
  } catch (error) {
    if (!IN_THE_WAY.has(errnoOf(error))) throw error;
    throw new ProblemError('conflict', `Where ${basename(target)} belongs, something else is in the way.`);
  }
}

/** One file in the spool. Ends by `placeAt` or `discard`; `discard` after either does nothing. */
export class SpoolFile {
  private handle: FileHandle | null;
  private gone = false;

  constructor(
    readonly path: string,
    handle: FileHandle,
  ) {
    this.handle = handle;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.handle === null) throw new Error('the spool file is sealed');
    await this.handle.writeFile(bytes);
  }

  /** No more bytes; what there is, is on disk when this returns. */
  async seal(): Promise<void> {
    await this.handle?.sync();
    await this.close();
  }

  /** Time of the last write; only before it is placed. */
  async mtimeMs(): Promise<number> {
    return (await stat(this.path)).mtimeMs;
  }

  /** Renames it into place, replacing what is there, and makes that last. 409 when no file can be there. */
  async placeAt(target: string): Promise<void> {
    await this.seal();
    await renameOver(this.path, target);
    this.gone = true;
    await syncDirectory(dirname(target));
  }

  async discard(): Promise<void> {
    await this.close();
    if (this.gone) return;
    this.gone = true;
    await rm(this.path, { force: true });
  }

  private async close(): Promise<void> {
    const handle = this.handle;
    this.handle = null;
    await handle?.close();
  }
}

@Injectable()
export class Spool implements OnApplicationBootstrap {
  private readonly logger = new Logger(Spool.name);
  private readonly directory: string;

  constructor(config: AppConfig) {
    this.directory = join(config.resultsDir, SPOOL_DIRECTORY);
  }

  async onApplicationBootstrap(): Promise<void> {
    await mkdir(this.directory, { recursive: true });
    await this.sweep(Date.now() - LEFT_BEHIND_MS);
  }

  /** A path of its own in the spool, where nothing is yet. */
  async reserve(): Promise<string> {
    await mkdir(this.directory, { recursive: true });
    return join(this.directory, `${randomUUID()}.part`);
  }

  async create(): Promise<SpoolFile> {
    const path = await this.reserve();
    return new SpoolFile(path, await open(path, 'wx'));
  }

  /** A whole small file, written and placed at `target`. */
  async put(target: string, content: string): Promise<void> {
    const file = await this.create();
    try {
      await file.write(content);
      await file.placeAt(target);
    } finally {
      await file.discard();
    }
  }

  /** Removes what was not written to since `beforeMs`. */
  private async sweep(beforeMs: number): Promise<void> {
    for (const name of await readdir(this.directory)) {
      const path = join(this.directory, name);
      try {
        if ((await stat(path)).mtimeMs < beforeMs) await rm(path, { force: true });
      } catch (error) {
        this.logger.warn({ name, err: asError(error) }, 'a left-over of the spool could not be removed');
      }
    }
  }
}
