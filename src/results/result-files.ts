/**
 * A task's result on disk. First it is staged, under a name that carries what there is to know; when the task has taken
 * it, a record is written to `<task>/.orchestrator/result.json` and the file renamed to `<task>/responses.json`.
 */
import { Injectable } from '@nestjs/common';
import { lstat, readFile } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { SharedSync } from '../artifacts/shared-sync';
import { renameOver, Spool, type SpoolFile } from '../artifacts/spool';
import { makeDirectories, orNull, OWN_DIRECTORY } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import { errnoOf } from '../http/errno';
import {
  formatResultRecord,
  identityOf,
  isAbout,
  parseResultRecord,
  type ResultRecord,
} from './result-record';
import { StagedResults, type StagedResult } from './staged-results';

export const RESULT_FILE = 'responses.json';
const RECORD_FILE = 'result.json';

@Injectable()
export class ResultFiles {
  private readonly root: string;
  private readonly syncs = new SharedSync();

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
    private readonly waiting: StagedResults,
  ) {
    this.root = config.resultsDir;
  }

  /** Brings a sealed file to where it waits for the task's word. 409 where it could not be put in place later. */
  async stage(id: TaskId, file: SpoolFile, staged: StagedResult): Promise<void> {
    if (await this.isInTheWay(id)) throw inTheWay();
    await this.waiting.put(id, file, staged);
  }

  /** What is staged, in no order. */
  staged(id: TaskId): Promise<StagedResult[]> {
    return this.waiting.of(id);
  }

  stagedPath(id: TaskId, staged: StagedResult): string {
    return this.waiting.path(id, staged);
  }

  /** The record of the result that the task has taken, once; null when there is none, or another file in its place. */
  async committed(id: TaskId): Promise<ResultRecord | null> {
    const record = await this.record(id);
    if (record === null) return null;
    if (await this.isInPlace(id, record)) return record;
    // A crash came between the record and the rename.
    for (const attemptId of new Set([record.attemptId, null])) {
      const path = this.stagedPath(id, { ...record, attemptId });
      const stats = await orNull(lstat(path));
      if (stats === null || !isAbout(record, stats)) continue;
      await this.rename(id, path);
      return record;
    }
    // Another replica may have renamed it meanwhile.
    return (await this.isInPlace(id, record)) ? record : null;
  }

  /** Is this file of the task, by its stats, the result that it has taken? */
  async isCommitted(id: TaskId, stats: Stats): Promise<boolean> {
    const record = await this.record(id);
    return record !== null && isAbout(record, stats);
  }

  /** The task has taken this one: puts it in place. false: it is neither staged nor in place. */
  async promote(id: TaskId, staged: StagedResult, winner: AttemptId | null): Promise<boolean> {
    const path = this.stagedPath(id, staged);
    const stats = await orNull(lstat(path));
    if (stats === null) return (await this.committed(id))?.resultId === staged.resultId;
    const { resultId, sha256, sizeBytes } = staged;
    const record: ResultRecord = { resultId, sha256, sizeBytes, attemptId: winner, file: identityOf(stats) };
    const { path: own, changed } = await makeDirectories(this.root, [id, OWN_DIRECTORY]);
    await Promise.all([
      this.spool.put(join(own, RECORD_FILE), formatResultRecord(record)),
      ...changed.map((directory) => this.syncs.sync(directory)),
    ]);
    crashPoint('result.record_written');
    // Should a power cut undo the rename, the record still says which of the staged results it is.
    await this.rename(id, path);
    crashPoint('result.promoted');
    return true;
  }

  /** Tasks of results that have been staged for an hour and more. */
  leftStaged(): Promise<TaskId[]> {
    return this.waiting.leftBehind();
  }

  /** Removes the staged results that are left: the task has taken another one. */
  tidy(id: TaskId): Promise<void> {
    return this.waiting.remove(id);
  }

  private async isInTheWay(id: TaskId): Promise<boolean> {
    const directory = join(this.root, id);
    const task = await orNull(lstat(directory));
    if (task === null) return false;
    const [own, target] = await Promise.all(
      [join(directory, OWN_DIRECTORY), this.target(id)].map((path) => orNull(lstat(path))),
    );
    return [task, own].some((stats) => stats?.isDirectory() === false) || target?.isDirectory() === true;
  }

  private async record(id: TaskId): Promise<ResultRecord | null> {
    const text = await orNull(readFile(join(this.root, id, OWN_DIRECTORY, RECORD_FILE), 'utf8'));
    return text === null ? null : parseResultRecord(text);
  }

  private async rename(id: TaskId, path: string): Promise<void> {
    try {
      await renameOver(path, this.target(id));
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error; // else another replica has done it
    }
  }

  private async isInPlace(id: TaskId, record: ResultRecord): Promise<boolean> {
    const stats = await orNull(lstat(this.target(id)));
    return stats !== null && isAbout(record, stats);
  }

  private target(id: TaskId): string {
    return join(this.root, id, RESULT_FILE);
  }
}

const inTheWay = (): ProblemError =>
  new ProblemError('conflict', `Where ${RESULT_FILE} belongs, something else is in the way.`);
