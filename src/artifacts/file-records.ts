/** Digests of files, each kept beside its file and worth something as long as that is the same by all that can be told. */
import { Injectable, Logger } from '@nestjs/common';
import { readFile, type FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { SharedByKey } from '../core/shared-run';
import { asError } from '../http/errno';
import { ensureRecords, recordPath } from './attempt-files';
import { digestFile } from './digest';
import { type FileRecord, isAbout, parseFileRecord } from './file-record';
import { Spool } from './spool';
import { orNull } from './task-directory';
import { VolumeClock } from './volume-clock';

/** Within the file system's resolution of time, a file that was just written can change without looking changed. */
const SETTLED_MS = 2000;

@Injectable()
export class FileRecords {
  private readonly logger = new Logger(FileRecords.name);
  private readonly digests = new SharedByKey<FileRecord | null>();

  constructor(
    private readonly spool: Spool,
    private readonly clock: VolumeClock,
  ) {}

  /** What is known of this file; null when that is nothing, or of another one under its name. */
  async read(directory: string, name: string, stats: Stats): Promise<FileRecord | null> {
    const text = await orNull(readFile(recordPath(directory, name), 'utf8'));
    const record = text === null ? null : parseFileRecord(text);
    return record !== null && isAbout(record, stats) ? record : null;
  }

  /** Is, or was, a file of this name an upload? */
  async tellOfUpload(directory: string, name: string): Promise<boolean> {
    const text = await orNull(readFile(recordPath(directory, name), 'utf8'));
    return text !== null && (parseFileRecord(text)?.uploaded_at ?? null) !== null;
  }

  /**
   * Reads it to its end, in pieces; null when it has changed meanwhile. The handle stays open, and is not to be closed
   * before. Whoever asks for the same file meanwhile gets what comes of it: of a large one nobody reads a second time.
   */
  make(handle: FileHandle, directory: string, name: string, stats: Stats): Promise<FileRecord | null> {
    const { dev, ino, mtimeMs, ctimeMs, size } = stats;
    const key = [dev, ino, mtimeMs, ctimeMs, size, join(directory, name)].join(':');
    return this.digests.run(key, () => this.digest(handle, directory, name, stats));
  }

  /** Of an upload: without it, nobody would know that the file is whole, nor whose it is. */
  async remember(directory: string, name: string, record: FileRecord): Promise<void> {
    await ensureRecords(directory, name);
    await this.spool.note(recordPath(directory, name), JSON.stringify(record));
  }

  /**
   * A digest is worth keeping, but a mount that only lets us read is no error, nor is a directory that has moved on. What
   * is remembered of an upload stays: that may be about to come in the place of the file that was read.
   */
  private async keep(directory: string, name: string, record: FileRecord): Promise<void> {
    try {
      if (!(await this.tellOfUpload(directory, name))) await this.remember(directory, name, record);
    } catch (error) {
      this.logger.debug({ err: asError(error) }, 'a digest could not be kept');
    }
  }

  private async digest(
    handle: FileHandle,
    directory: string,
    name: string,
    stats: Stats,
  ): Promise<FileRecord | null> {
    const { size, mtimeMs, ctimeMs, ino } = stats;
    const sinceMs = (await this.clock.nowMs()) - Math.max(mtimeMs, ctimeMs);
    const sha256 = await digestFile(handle);
    const record = { size, sha256, mtimeMs, uploaded_at: null, written: { ino, ctimeMs } };
    if (!isAbout(record, await handle.stat())) return null;
    if (sinceMs > SETTLED_MS) await this.keep(directory, name, record);
    return record;
  }
}
