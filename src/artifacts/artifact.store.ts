/** Files of tasks: uploaded ones and those that workers leave on shared storage. The interface and the local disk. */
import { Injectable, Logger } from '@nestjs/common';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfig } from '../config/app-config';
import { isStoreUnavailable, ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import type { DeletionCause, Task, TaskDocument } from '../core/model';
import { asError } from '../http/errno';
import { RedisConnections } from '../redis/redis-connections';
import { TaskStore } from '../tasks/task.store';
import { AttemptFiles, ensureRecords, recordPath } from './attempt-files';
import { digestFile } from './digest';
import { fileNameIssue } from './file-names';
import { parseFileRecord, type FileRecord } from './file-record';
import type { ReceivedFile } from './receive-stream';
import { Spool, syncDirectories } from './spool';
import { makeDirectories, openRegular, orNull, taskDirectories } from './task-directory';
import { sizeOfTree, Trash } from './trash';

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

/** Where uploads go: among the task's own files, or with those of an attempt that is not known to win yet. */
export interface Shelf {
  id: TaskId;
  attempt: AttemptId | null;
}

export abstract class ArtifactStore {
  /**
   * One file as readers see it, or null; a link, a directory or a file that is being written is none. While the task is
   * open, what its current attempt uploaded is seen first.
   */
  abstract find(id: TaskId, name: string, document: TaskDocument | null): Promise<StoredFile | null>;
  /** All files by name, seen the same way. */
  abstract list(id: TaskId, document: TaskDocument | null): Promise<StoredFile[]>;
  /** The file that an upload of this name would replace, or null. */
  abstract findOn(shelf: Shelf, name: string, document: TaskDocument | null): Promise<StoredFile | null>;
  /** Puts a received file in place under its name, whole or not at all, replacing what is there. 409 where it cannot lie. */
  abstract put(shelf: Shelf, received: ReceivedFile): Promise<void>;
  /**
   * Takes everything of an ended task from its places, result and files nobody listed included: at once, and whole in
   * each of them. Doing it again changes nothing. The room that it took is free when `reclaim` has ended.
   */
  abstract removeAll(id: TaskId, document: TaskDocument | null, cause: DeletionCause): Promise<void>;
  /** Frees the room of what was removed, by whichever replica. */
  abstract reclaim(): Promise<void>;
  /** Bytes of all that `removeAll` would take. */
  abstract sizeOf(id: TaskId, document: TaskDocument | null): Promise<number>;
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
    private readonly attempts: AttemptFiles,
    private readonly tasks: TaskStore,
    private readonly connections: RedisConnections,
    private readonly trash: Trash,
  ) {
    super();
    this.root = config.resultsDir;
  }

  async find(id: TaskId, name: string, document: TaskDocument | null): Promise<StoredFile | null> {
    return this.findIn(
      [...(await this.stagedDirectory(id)), ...taskDirectories(this.root, id, document)],
      name,
    );
  }

  async list(id: TaskId, document: TaskDocument | null): Promise<StoredFile[]> {
    const files = new Map<string, StoredFile>();
    const directories = [...(await this.stagedDirectory(id)), ...taskDirectories(this.root, id, document)];
    for (const directory of directories) {
      const entries = (await orNull(readdir(directory, { withFileTypes: true }))) ?? [];
      for (const entry of entries) {
        if (!entry.isFile() || files.has(entry.name) || fileNameIssue(entry.name) !== null) continue;
        const file = await this.inspect(directory, entry.name);
        if (file !== null && (file.uploaded || !UNFINISHED.test(entry.name))) files.set(entry.name, file);
      }
    }
    return [...files.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  findOn({ id, attempt }: Shelf, name: string, document: TaskDocument | null): Promise<StoredFile | null> {
    return this.findIn(
      attempt === null ? taskDirectories(this.root, id, document) : [this.attempts.directory(id, attempt)],
      name,
    );
  }

  async put(
    { id, attempt }: Shelf,
    { file, filename, size, sha256, receivedAt }: ReceivedFile,
  ): Promise<void> {
    const own = join(this.root, id, filename);
    // Where the winner's files will go, so that an upload does not fail only then.
    if ((await orNull(lstat(own)))?.isDirectory()) throw inTheWay(filename);
    const { path, changed } =
      attempt === null ? await makeDirectories(this.root, [id]) : await this.attempts.ensure(id, attempt);
    const { mtimeMs } = await file.stats();
    await file.moveTo(join(path, filename));
    // A rename keeps the time of the last write. A crash before the record is there only costs reading the file again.
    await this.remember(path, filename, { size, sha256, mtimeMs, uploaded_at: receivedAt });
    await syncDirectories([...changed, path]);
    file.release();
  }

  async removeAll(id: TaskId, document: TaskDocument | null, cause: DeletionCause): Promise<void> {
    for (const directory of taskDirectories(this.root, id, document)) await this.trash.take(directory, cause);
  }

  reclaim(): Promise<void> {
    return this.trash.empty();
  }

  async sizeOf(id: TaskId, document: TaskDocument | null): Promise<number> {
    const sizes = await Promise.all(taskDirectories(this.root, id, document).map((path) => sizeOfTree(path)));
    return sizes.reduce((sum, bytes) => sum + bytes, 0);
  }

  /**
   * The directory with what the current attempt uploaded, if there is one. A task that is DONE has none: where a crash
   * came between its end and the move of the winner's files, they are moved now.
   */
  private async stagedDirectory(id: TaskId): Promise<string[]> {
    if (!(await this.attempts.exist(id))) return [];
    const task = await this.readTask(id);
    const attempt = task?.attemptId ?? null;
    if (task === null || attempt === null) return [];
    const directory = this.attempts.directory(id, attempt);
    if (task.status !== 'DONE') return [directory];
    try {
      await this.attempts.promote(id, attempt);
      return [];
    } catch (error) {
      this.logger.warn(
        { task_id: id, err: asError(error) },
        'files of the winning attempt could not be moved',
      );
      return [directory];
    }
  }

  /** null also while the task store is away: then the task's own files are all that is seen. */
  private async readTask(id: TaskId): Promise<Task | null> {
    if (!this.connections.isUp()) return null;
    try {
      return await this.tasks.read(id);
    } catch (error) {
      if (isStoreUnavailable(error)) return null;
      throw error;
    }
  }

  private async findIn(directories: readonly string[], name: string): Promise<StoredFile | null> {
    if (fileNameIssue(name) !== null) return null;
    for (const directory of directories) {
      const file = await this.inspect(directory, name);
      if (file !== null) return file;
    }
    return null;
  }

  /** Size and digest of one file, from its record when that fits, else by reading it once. */
  private async inspect(directory: string, name: string): Promise<StoredFile | null> {
    const opened = await openRegular(this.root, directory, name);
    if (opened === null) return null;
    const { handle, stats } = opened;
    try {
      const { size, mtimeMs } = stats;
      const text = await orNull(readFile(recordPath(directory, name), 'utf8'));
      const record = text === null ? null : parseFileRecord(text);
      const common = { name, size, directory, mtimeMs };
      if (record !== null && record.size === size && record.mtimeMs === mtimeMs) {
        const time = record.uploaded_at ?? new Date(mtimeMs).toISOString();
        return { ...common, sha256: record.sha256, time, uploaded: record.uploaded_at !== null };
      }
      const sha256 = await digestFile(handle);
      const after = await handle.stat();
      if (after.size !== size || after.mtimeMs !== mtimeMs) return null;
      await this.remember(directory, name, { size, sha256, mtimeMs, uploaded_at: null });
      return { ...common, sha256, time: new Date(mtimeMs).toISOString(), uploaded: false };
    } finally {
      await handle.close();
    }
  }

  /** A digest is worth keeping, but a mount that only lets us read is no error, nor is a directory that has moved on. */
  private async remember(directory: string, name: string, record: FileRecord): Promise<void> {
    const path = recordPath(directory, name);
    try {
      await ensureRecords(directory);
      await this.spool.note(path, JSON.stringify(record));
    } catch (error) {
      this.logger.debug({ err: asError(error) }, 'a digest could not be kept');
      await rm(path, { force: true }).catch(() => undefined);
    }
  }
}

const inTheWay = (name: string): ProblemError =>
  new ProblemError('conflict', `Where ${name} belongs, something else is in the way.`);
