/** Files of tasks: uploaded ones and those that workers leave on shared storage. The interface and the local disk. */
import { Injectable, Logger } from '@nestjs/common';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfig } from '../config/app-config';
import type { AttemptId, TaskId } from '../core/ids';
import type { TaskDocument } from '../core/model';
import { asError } from '../http/errno';
import { digestFile } from './digest';
import { fileNameIssue } from './file-names';
import { parseFileRecord, type FileRecord } from './file-record';
import type { ReceivedFile } from './multipart';
import { Spool } from './spool';
import {
  ensureOwnDirectory,
  ensureTaskDirectory,
  openRegular,
  orNull,
  OWN_DIRECTORY,
  taskDirectories,
} from './task-directory';

export interface StoredFile {
  name: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
  /** ISO 8601: when it was uploaded, or last written on shared storage. */
  time: string;
  /** Where this process reads it; never shown to clients. */
  directory: string;
  mtimeMs: number;
  /** It came over HTTP, as opposed to shared storage. */
  uploaded: boolean;
}

export abstract class ArtifactStore {
  /** One file, or null; a link, a directory or a file that is being written is none. */
  abstract find(id: TaskId, name: string, document: TaskDocument | null): Promise<StoredFile | null>;
  /** All files by name. */
  abstract list(id: TaskId, document: TaskDocument | null): Promise<StoredFile[]>;
  /** Puts a received file in place under its name, whole or not at all, replacing what is there. 409 where it cannot lie. */
  abstract put(id: TaskId, received: ReceivedFile, attempt: AttemptId | null): Promise<void>;
}

/** Names under which programs write files that are not finished. */
const UNFINISHED = /(?:\.(?:tmp|temp|part|partial|crdownload|swp|lock)|~)$/i;

@Injectable()
export class LocalArtifactStore extends ArtifactStore {
  private readonly logger = new Logger(LocalArtifactStore.name);
  private readonly root: string;

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
  ) {
    super();
    this.root = config.resultsDir;
  }

  async find(id: TaskId, name: string, document: TaskDocument | null): Promise<StoredFile | null> {
    if (fileNameIssue(name) !== null) return null;
    for (const directory of taskDirectories(this.root, id, document)) {
      const file = await this.inspect(directory, name);
      if (file !== null) return file;
    }
    return null;
  }

  async list(id: TaskId, document: TaskDocument | null): Promise<StoredFile[]> {
    const files = new Map<string, StoredFile>();
    for (const directory of taskDirectories(this.root, id, document)) {
      const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
      for (const entry of entries) {
        if (!entry.isFile() || files.has(entry.name) || fileNameIssue(entry.name) !== null) continue;
        const file = await this.inspect(directory, entry.name);
        if (file !== null && (file.uploaded || !UNFINISHED.test(entry.name))) files.set(entry.name, file);
      }
    }
    return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async put(id: TaskId, received: ReceivedFile, attempt: AttemptId | null): Promise<void> {
    const directory = await ensureTaskDirectory(this.root, id);
    // A rename keeps the time of the last write. A crash before the record is there only costs reading the file again.
    const mtimeMs = await received.file.mtimeMs();
    const record: FileRecord = {
      size: received.size,
      sha256: received.sha256,
      mtimeMs,
      uploaded_at: new Date().toISOString(),
      attempt_id: attempt,
    };
    const recordPath = join(directory, OWN_DIRECTORY, 'files', `${received.filename}.json`);
    await received.file.placeAt(join(directory, received.filename));
    await this.spool.put(recordPath, JSON.stringify(record));
  }

  /** Size and digest of one file, from its record when that fits, else by reading it once. */
  private async inspect(directory: string, name: string): Promise<StoredFile | null> {
    const opened = await openRegular(this.root, directory, name);
    if (opened === null) return null;
    const { handle, stats } = opened;
    try {
      const { size, mtimeMs } = stats;
      const recordPath = join(directory, OWN_DIRECTORY, 'files', `${name}.json`);
      const text = await orNull(readFile(recordPath, 'utf8'));
      const record = text === null ? null : parseFileRecord(text);
      const common = { name, size, directory, mtimeMs };
      if (record !== null && record.size === size && record.mtimeMs === mtimeMs) {
        const time = record.uploaded_at ?? new Date(mtimeMs).toISOString();
        return { ...common, sha256: record.sha256, time, uploaded: record.uploaded_at !== null };
      }
      const sha256 = await digestFile(handle);
      const after = await handle.stat();
      if (after.size !== size || after.mtimeMs !== mtimeMs) return null;
      await this.remember(directory, recordPath, {
        size,
        sha256,
        mtimeMs,
        uploaded_at: null,
        attempt_id: null,
      });
      return { ...common, sha256, time: new Date(mtimeMs).toISOString(), uploaded: false };
    } finally {
      await handle.close();
    }
  }

  /** The digest of a shared file is worth keeping, but a mount that only lets us read is no error. */
  private async remember(directory: string, recordPath: string, record: FileRecord): Promise<void> {
    try {
      await ensureOwnDirectory(directory);
      await this.spool.put(recordPath, JSON.stringify(record));
    } catch (error) {
      this.logger.debug({ err: asError(error) }, 'a digest could not be kept');
      await rm(recordPath, { force: true }).catch(() => undefined);
    }
  }
}
