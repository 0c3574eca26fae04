/** Files of tasks on the local disk: uploaded ones and those that workers leave on shared storage. */
import { Injectable, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { Stats } from 'node:fs';
import { lstat, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import { filePathIssue } from '../core/files/file-names';
import type { DeletionCause, TaskDocument } from '../core/model';
import { asError } from '../http/errno';
import { TaskStore } from '../tasks/task.store';
import { ArtifactStore } from './artifact.store';
import { LocalAttemptFiles } from './attempt-files';
import { FileSource } from './byte-source';
import { FileRecords } from './file-records';
import { FirstSeen } from './first-seen';
import { sendFile } from './send-file';
import type { ReceivedFile } from './receive-stream';
import {
  byName,
  type LeftOut,
  type OpenFile,
  type Placing,
  type Shelf,
  type StoredFile,
} from './stored-file';
import { Spool } from './spool';
import { syncDirectories } from './spool-file';
import { makeDirectories, openRegular, orNull, OWN_DIRECTORY, taskDirectories } from './task-directory';
import { sizeOfTree, Trash } from './trash';
import { Unfinished } from './unfinished';
import { walkTree } from './walk-tree';

/** A directory with files of a task. */
interface Place {
  id: TaskId;
  directory: string;
  /** Nobody but us writes there. */
  isStage: boolean;
}

type Looked = StoredFile | 'unfinished' | null;

/** More of one task are not looked at; what is beyond is said. */
const MAX_ENTRIES = 10_000;

/** Below `.orchestrator`: a worker may have one of its own beside its result. */
const MANIFEST = 'manifest.json';

@Injectable()
export class LocalArtifactStore extends ArtifactStore {
  readonly changesUnseen = true;
  private readonly logger = new Logger(LocalArtifactStore.name);
  private readonly root: string;

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
    private readonly records: FileRecords,
    private readonly unfinished: Unfinished,
    private readonly attempts: LocalAttemptFiles,
    private readonly tasks: TaskStore,
    private readonly trash: Trash,
  ) {
    super();
    this.root = config.resultsDir;
  }

  async find(id: TaskId, name: string, document: TaskDocument | null): Promise<StoredFile | null> {
    if (filePathIssue(name) !== null) return null;
    for (const place of await this.places(id, document)) {
      const file = await this.look(place, name);
      if (file !== null && file !== 'unfinished') return file;
    }
    return null;
  }

  async list(id: TaskId, document: TaskDocument | null): Promise<StoredFile[]> {
    return (await this.survey(id, document)).files;
  }

  async survey(
    id: TaskId,
    document: TaskDocument | null,
  ): Promise<{ files: StoredFile[]; leftOut: LeftOut[] }> {
    const seen = new FirstSeen();
    const leftOut = new Map<string, LeftOut>();
    const room = { entries: MAX_ENTRIES };
    for (const place of await this.places(id, document)) {
      const tree = await walkTree(this.root, place.directory, room);
      for (const other of tree.leftOut) leftOut.set(other.name, other);
      for (const name of tree.files) {
        if (seen.hides(name)) continue;
        const file = await this.look(place, name);
        if (file === null) leftOut.set(name, { name, why: 'not_a_file' });
        else if (file === 'unfinished') leftOut.set(name, { name, why: file });
        else seen.add(file);
      }
    }
    for (const { name } of seen.files) leftOut.delete(name);
    return { files: seen.files.sort(byName), leftOut: [...leftOut.values()].sort(byName) };
  }

  async findOn(
    { id, attempt }: Shelf,
    name: string,
    document: TaskDocument | null,
  ): Promise<StoredFile | null> {
    if (filePathIssue(name) !== null) return null;
    const directories =
      attempt === null ? taskDirectories(this.root, id, document) : [this.attempts.directory(id, attempt)];
    for (const directory of directories) {
      const file = await this.inspect(directory, name, () => Promise.resolve(false));
      if (file !== null && file !== 'unfinished') return file;
    }
    return null;
  }

  readManifest(id: TaskId): Promise<string | null> {
    return orNull(readFile(join(this.root, id, OWN_DIRECTORY, MANIFEST), 'utf8'));
  }

  async saveManifest(id: TaskId, text: string): Promise<void> {
    const { path } = await makeDirectories(this.root, [id, OWN_DIRECTORY]);
    await this.spool.note(join(path, MANIFEST), text);
  }

  async open(file: StoredFile): Promise<OpenFile | null> {
    const source = await this.reopen(file);
    if (source === null) return null;
    return { stream: () => streamOf(source, 0, source.size), close: () => source.close() };
  }

  /** Size, digest and bytes are those of one file, also where another one takes its name meanwhile. */
  async send(request: Request, response: Response, file: StoredFile): Promise<void> {
    const source = await this.reopen(file);
    if (source === null) throw new ProblemError('not-found', 'There is no such file.');
    try {
      await sendFile(request, response, file, {
        redirect: null,
        send: ({ start, end }) => pipeline(streamOf(source, start, end), response),
      });
    } finally {
      await source.close();
    }
  }

  /** A rename is all there is. */
  begin(received: ReceivedFile): Promise<Placing> {
    const put = (shelf: Shelf): Promise<boolean> => this.put(shelf, received).then(() => true);
    return Promise.resolve({ put, end: () => Promise.resolve() });
  }

  private async put(
    { id, attempt, isDone }: Shelf,
    { file, filename, size, sha256, receivedAt }: ReceivedFile,
  ): Promise<void> {
    // Where the winner's files will go, so that an upload does not fail only then.
    const there = await orNull(lstat(join(this.root, id, filename)));
    if (there?.isDirectory() || (isDone && there?.isFile() === false)) throw inTheWay(filename);
    const { path, changed } =
      attempt === null ? await makeDirectories(this.root, [id]) : await this.attempts.ensure(id, attempt);
    const { mtimeMs } = await file.stats();
    const record = { size, sha256, mtimeMs, uploaded_at: receivedAt, attempt_id: attempt };
    const target = join(path, filename);
    if (isDone) {
      // Before its record, which may be another's: only one of those that come at once has the name.
      await file.moveToNew(target);
      // From here on others may have been told that it is there.
      file.release();
      await this.records.remember(path, filename, record);
    } else {
      // Its record first, since a rename keeps the time of the last write: without it, what a crash leaves in place would
      // pass for a file that a worker is still writing. Without its file, it is about none.
      await this.records.remember(path, filename, record);
      await file.moveTo(target);
    }
    await syncDirectories([...changed, path]);
    file.release();
  }

  async removeAll(id: TaskId, document: TaskDocument | null, cause: DeletionCause): Promise<void> {
    const directories = taskDirectories(this.root, id, document);
    const taken = await Promise.allSettled(directories.map((path) => this.trash.take(path, cause)));
    for (const each of taken) if (each.status === 'rejected') throw asError(each.reason);
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
    // While the task store is away, the task's own files are all that is seen.
    const task = await this.tasks.readIfThere(id);
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

  /** null: it is gone, or another one has its name. */
  private async reopen({ directory, name, size, mtimeMs }: StoredFile): Promise<FileSource | null> {
    const opened = await openRegular(this.root, directory, name);
    if (opened === null) return null;
    const { handle, stats } = opened;
    const source = new FileSource(handle, stats);
    if (stats.size === size && stats.mtimeMs === mtimeMs) return source;
    await source.close();
    return null;
  }

  private async places(id: TaskId, document: TaskDocument | null): Promise<Place[]> {
    return [
      ...(await this.stagedDirectory(id)).map((directory) => ({ id, directory, isStage: true })),
      ...taskDirectories(this.root, id, document).map((directory) => ({ id, directory, isStage: false })),
    ];
  }

  /** What was uploaded is whole, also while its record is on another way than it, or is that of the file before it. */
  private look({ id, directory, isStage }: Place, name: string): Promise<Looked> {
    return this.inspect(
      directory,
      name,
      async (stats) =>
        !isStage &&
        (await this.unfinished.judge(name, stats, () => this.tasks.readIfThere(id))) &&
        !(await this.records.tellOfUpload(directory, name)),
    );
  }

  /** Size and digest of one file, from its record when that fits, else by reading it once. */
  private async inspect(
    directory: string,
    name: string,
    isUnfinished: (stats: Stats) => Promise<boolean>,
  ): Promise<Looked> {
    const opened = await openRegular(this.root, directory, name);
    if (opened === null) return null;
    const { handle, stats } = opened;
    try {
      const known = await this.records.read(directory, name, stats);
      const uploadedAt = known?.uploaded_at ?? null;
      if (uploadedAt === null && (await isUnfinished(stats))) return 'unfinished';
      const record = known ?? (await this.records.make(handle, directory, name, stats));
      if (record === null) return 'unfinished';
      const { size, sha256, mtimeMs, attempt_id: attemptId = null } = record;
      const time = uploadedAt ?? new Date(mtimeMs).toISOString();
      return {
        name,
        size,
        sha256,
        time,
        directory,
        mtimeMs,
        uploaded: uploadedAt !== null,
        attemptId,
        etag: null,
      };
    } finally {
      await handle.close();
    }
  }
}

const streamOf = (source: FileSource, start: number, end: number): Readable =>
  Readable.from(source.read(start, end), { objectMode: false });

const inTheWay = (name: string): ProblemError =>
  new ProblemError('conflict', `Where ${name} belongs, something else is in the way.`);
