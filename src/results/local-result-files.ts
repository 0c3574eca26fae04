/**
 * A task's result on disk. First it is staged, under a name that carries what there is to know; when the task has taken
 * it, its record is made in the task's directory and the file renamed to `<task>/responses.json`. Neither waits for the
 * disk: a file system that loses them in a power cut loses the last ones first, and then it is staged still.
 */
import { Injectable } from '@nestjs/common';
import type { Dirent, Stats } from 'node:fs';
import { type FileHandle, lstat, open, opendir, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { FileSource } from '../artifacts/byte-source';
import { isSameVersion, versionOf } from '../artifacts/file-version';
import { nameBeside, renameOver, SpoolFile, syncDirectories } from '../artifacts/spool-file';
import { isAbsent, makeDirectories, openRegular, orNull, OWN_DIRECTORY } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { type AttemptId, isTaskId, type TaskId } from '../core/ids';
import { errnoOf } from '../http/errno';
import { type Grave, graveName, parseGraveName } from './grave';
import { parseRecordName, recordName, type NamedRecord } from './result-record';
import type { EnvelopeFile } from './open-envelope';
import { type Ground, inTheWay, RESULT_FILE, ResultFiles } from './result-files';
import { StagedResults, type StagedResult } from './staged-results';

const BARE: Ground = { record: null, grave: null, hasFiles: false, isBlocked: false, isNew: false };

@Injectable()
export class LocalResultFiles extends ResultFiles {
  private readonly root: string;

  constructor(
    config: AppConfig,
    private readonly waiting: StagedResults,
  ) {
    super();
    this.root = config.resultsDir;
  }

  /**
   * The same as `survey` for a task that waits for a result: its directory is made, and nothing is in one that is new.
   * 409 where it cannot be.
   */
  async prepare(id: TaskId): Promise<Ground> {
    const { changed } = await makeDirectories(this.root, [id]);
    return changed.length > 0 ? { ...BARE, isNew: true } : await this.survey(id);
  }

  async survey(id: TaskId): Promise<Ground> {
    const directory = join(this.root, id);
    const entries = await entriesOf(directory);
    if (entries === null) return BARE;
    const isDirectory = (name: string): boolean | undefined =>
      entries.find((entry) => entry.name === name)?.isDirectory();
    const [own, target, task] = [
      isDirectory(OWN_DIRECTORY),
      isDirectory(RESULT_FILE),
      await orNull(lstat(directory)),
    ];
    return {
      record: await this.among(id, recordsOf(entries)),
      grave: gravesOf(entries)[0] ?? null,
      hasFiles: own === true,
      isBlocked: task?.isDirectory() === false || own === false || target === true,
      isNew: false,
    };
  }

  /** A rename is all there is. */
  stageAhead(): Promise<null> {
    return Promise.resolve(null);
  }

  /**
   * Brings a file to where it waits for the task's word. 409 where it could not be put in place later.
   * @param ground as it was when the task was asked what it has
   */
  async stage(id: TaskId, file: SpoolFile, staged: StagedResult, ground: Ground): Promise<void> {
    if (ground.isBlocked) throw inTheWay();
    await this.waiting.put(id, file, staged);
  }

  /** What is staged, in no order. */
  staged(id: TaskId): Promise<StagedResult[]> {
    return this.waiting.of(id);
  }

  /** Whether a staged result of which the task has not spoken is whole. */
  isWhole(id: TaskId, staged: StagedResult): Promise<boolean> {
    return this.waiting.isWhole(id, staged);
  }

  async openCommitted(id: TaskId): Promise<EnvelopeFile | null> {
    const opened = await openRegular(this.root, join(this.root, id), RESULT_FILE);
    if (opened === null) return null;
    const { handle, stats } = opened;
    try {
      const record = await this.recordOf(id, stats);
      if (record !== null) return envelopeIn(opened, record.sha256);
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return null;
  }

  async openStaged(id: TaskId, staged: StagedResult): Promise<EnvelopeFile | null> {
    const path = this.stagedPath(id, staged);
    const opened = await openRegular(this.root, dirname(path), basename(path));
    return opened === null ? null : envelopeIn(opened, staged.sha256);
  }

  asReceived(id: TaskId, staged: StagedResult): SpoolFile {
    return new SpoolFile(this.stagedPath(id, staged));
  }

  async *tasks(): AsyncGenerator<TaskId> {
    const directory = await orNull(opendir(this.root));
    if (directory === null) return;
    for await (const entry of directory) if (entry.isDirectory() && isTaskId(entry.name)) yield entry.name;
  }

  /** Workers may keep whatever they like on the volume, and directories of any name. */
  async hasTask(id: TaskId): Promise<boolean> {
    const entries = (await orNull(readdir(join(this.root, id)))) ?? [];
    return entries.some(
      (entry) => entry === OWN_DIRECTORY || entry === RESULT_FILE || parseRecordName(entry) !== null,
    );
  }

  stagedPath(id: TaskId, staged: StagedResult): string {
    return this.waiting.path(id, staged);
  }

  /** The record of the result that the task has taken, once; null when there is none, or another file in its place. */
  async committed(id: TaskId): Promise<NamedRecord | null> {
    return this.among(id, await this.records(id));
  }

  /** Leaves word, in the task's empty place, that its result was deleted. */
  async bury(id: TaskId, grave: Grave): Promise<void> {
    const { path, changed } = await makeDirectories(this.root, [id]);
    await (await open(join(path, graveName(grave)), 'a')).close();
    await syncDirectories([...changed, path]);
  }

  /** The result that was deleted is to be made once more. */
  async unbury(id: TaskId, grave: Grave): Promise<void> {
    await rm(join(this.root, id, graveName(grave)), { force: true });
  }

  /** The record of this file of the task, by its stats; null when it is not the result that it has taken. */
  async recordOf(id: TaskId, stats: Stats): Promise<NamedRecord | null> {
    return (await this.records(id)).find((record) => isSameVersion(record.file, stats)) ?? null;
  }

  /**
   * The task has taken this one: puts it in place. false: it is neither staged nor in place.
   * @param isNew the task's directory was made for it
   */
  async promote(id: TaskId, staged: StagedResult, winner: AttemptId | null, isNew = false): Promise<boolean> {
    const path = this.stagedPath(id, staged);
    const version = await this.waiting.version(id, staged);
    if (version === null) return await this.hasTaken(id, staged);
    const { resultId, sha256, sizeBytes } = staged;
    const record: NamedRecord = { resultId, sha256, sizeBytes, attemptId: winner, file: versionOf(version) };
    const name = recordName(record);
    const wasThere = !isNew && (await makeDirectories(this.root, [id])).changed.length === 0;
    try {
      await nameBeside(join(this.root, id, name), path, version);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT' || (await orNull(lstat(path))) !== null) throw error;
      return await this.hasTaken(id, staged);
    }
    crashPoint('result.record_written');
    await this.rename(id, path);
    crashPoint('result.promoted');
    if (wasThere) await this.removeRecordsBut(id, name);
    return true;
  }

  /** Another replica may have put it in its place. */
  private async hasTaken(id: TaskId, { resultId }: StagedResult): Promise<boolean> {
    return (await this.committed(id))?.resultId === resultId;
  }

  /** Tasks of results that have been staged for an hour and more. */
  leftStaged(): Promise<TaskId[]> {
    return this.waiting.leftBehind();
  }

  /** Removes the staged results that are left: the task has taken another one. */
  tidy(id: TaskId): Promise<void> {
    return this.waiting.remove(id);
  }

  private async records(id: TaskId): Promise<NamedRecord[]> {
    return recordsOf((await entriesOf(join(this.root, id))) ?? []);
  }

  /** The one whose file is in its place, or was about to be renamed there when a crash came. */
  private async among(id: TaskId, records: readonly NamedRecord[]): Promise<NamedRecord | null> {
    for (const record of records) if (await this.isInPlace(id, record)) return record;
    for (const record of records) {
      for (const attemptId of new Set([record.attemptId, null])) {
        const path = this.stagedPath(id, { ...record, attemptId });
        const stats = await orNull(lstat(path));
        if (stats !== null && isSameVersion(record.file, stats)) await this.rename(id, path);
      }
      // Another replica may have renamed it meanwhile.
      if (await this.isInPlace(id, record)) return record;
    }
    return null;
  }

  /** A result that somebody has written over may have left one. */
  private async removeRecordsBut(id: TaskId, name: string): Promise<void> {
    for (const record of await this.records(id)) {
      const other = recordName(record);
      if (other !== name) await rm(join(this.root, id, other), { force: true });
    }
  }

  private async rename(id: TaskId, path: string): Promise<void> {
    try {
      await renameOver(path, this.target(id));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error; // else another replica has done it
    }
  }

  private async isInPlace(id: TaskId, record: NamedRecord): Promise<boolean> {
    const stats = await orNull(lstat(this.target(id)));
    return stats !== null && isSameVersion(record.file, stats);
  }

  private target(id: TaskId): string {
    return join(this.root, id, RESULT_FILE);
  }
}

/** null: there is no such directory. What cannot be looked into has no entries. */
async function entriesOf(directory: string): Promise<Dirent[] | null> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (error) {
    if (!isAbsent(error)) throw error;
    return errnoOf(error) === 'ENOENT' ? null : [];
  }
}

const recordsOf = (entries: readonly Dirent[]): NamedRecord[] =>
  entries.flatMap(({ name }) => parseRecordName(name) ?? []);

const gravesOf = (entries: readonly Dirent[]): Grave[] =>
  entries.flatMap(({ name }) => parseGraveName(name) ?? []);

const envelopeIn = (opened: { handle: FileHandle; stats: Stats }, sha256: string): EnvelopeFile => ({
  source: new FileSource(opened.handle, opened.stats),
  form: 'envelope',
  sha256,
});
