/**
 * A task's result on disk. First it is staged in `<task>/.orchestrator/results/`, under a name that carries what there
 * is to know; when the task has taken it, a record is written and the file renamed to `<task>/responses.json`.
 */
import { Injectable } from '@nestjs/common';
import { lstat, readdir, readFile, rm } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { renameOver, Spool, type SpoolFile, syncDirectories } from '../artifacts/spool';
import { makeDirectories, orNull, OWN_DIRECTORY, removeEmpty } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { ProblemError } from '../core/errors';
import { type AttemptId, type TaskId, trustedAttemptId } from '../core/ids';
import { errnoOf } from '../http/errno';
import {
  formatResultRecord,
  identityOf,
  isAbout,
  parseResultRecord,
  type ResultRecord,
} from './result-record';

export const RESULT_FILE = 'responses.json';
const RECORD_FILE = 'result.json';
const STAGED = 'results';

/** What the name of a staged result says. */
export interface StagedResult {
  resultId: string;
  sha256: string;
  sizeBytes: number;
  /** null: it does not say. */
  attemptId: AttemptId | null;
}

/** The directory can go between making it and using it, when another replica tidies up. */
const MAX_ROUNDS = 3;

@Injectable()
export class ResultFiles {
  private readonly root: string;

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
  ) {
    this.root = config.resultsDir;
  }

  /** Brings a sealed file to where it waits for the task's word. It is still to be released or discarded. */
  async stage(id: TaskId, file: SpoolFile, staged: StagedResult): Promise<void> {
    if ((await orNull(lstat(this.target(id))))?.isDirectory()) throw inTheWay();
    for (let round = 1; ; round += 1) {
      const { path, changed } = await makeDirectories(this.root, [id, OWN_DIRECTORY, STAGED]);
      try {
        await file.moveTo(join(path, nameOf(staged)));
        await syncDirectories([...changed, path]);
        return;
      } catch (error) {
        if (errnoOf(error) !== 'ENOENT' || round === MAX_ROUNDS) throw error;
      }
    }
  }

  /** Whether there may be any staged results: the directory is there only as long as it has something. */
  async hasStaged(id: TaskId): Promise<boolean> {
    return (await orNull(lstat(this.stagedDirectory(id)))) !== null;
  }

  /** What is staged, in no order. */
  async staged(id: TaskId): Promise<StagedResult[]> {
    const names = (await orNull(readdir(this.stagedDirectory(id)))) ?? [];
    return names.map(parseName).filter((staged) => staged !== null);
  }

  stagedPath(id: TaskId, staged: StagedResult): string {
    return join(this.stagedDirectory(id), nameOf(staged));
  }

  /** The record of the result that the task has taken, once; null when there is none, or another file in its place. */
  async committed(id: TaskId): Promise<ResultRecord | null> {
    const text = await orNull(readFile(join(this.root, id, OWN_DIRECTORY, RECORD_FILE), 'utf8'));
    const record = text === null ? null : parseResultRecord(text);
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
    const text = await orNull(readFile(join(this.root, id, OWN_DIRECTORY, RECORD_FILE), 'utf8'));
    const record = text === null ? null : parseResultRecord(text);
    return record !== null && isAbout(record, stats);
  }

  /** The task has taken this one: puts it in place. false: it is neither staged nor in place. */
  async promote(id: TaskId, staged: StagedResult, winner: AttemptId | null): Promise<boolean> {
    const path = this.stagedPath(id, staged);
    const stats = await orNull(lstat(path));
    if (stats === null) return (await this.committed(id))?.resultId === staged.resultId;
    const { resultId, sha256, sizeBytes } = staged;
    const record: ResultRecord = { resultId, sha256, sizeBytes, attemptId: winner, file: identityOf(stats) };
    await this.spool.put(join(this.root, id, OWN_DIRECTORY, RECORD_FILE), formatResultRecord(record));
    crashPoint('result.record_written');
    // Should a power cut undo the rename, the record still says which of the staged results it is.
    await this.rename(id, path);
    crashPoint('result.promoted');
    return true;
  }

  /** Removes the staged results that are left: the task has taken another one. */
  async tidy(id: TaskId): Promise<void> {
    const directory = this.stagedDirectory(id);
    if (await removeEmpty(directory)) return;
    for (const name of (await orNull(readdir(directory))) ?? [])
      await rm(join(directory, name), { force: true });
    await removeEmpty(directory);
  }

  /** Removes the directory of the staged results when it has none. */
  async leave(id: TaskId): Promise<void> {
    await removeEmpty(this.stagedDirectory(id));
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

  private stagedDirectory(id: TaskId): string {
    return join(this.root, id, OWN_DIRECTORY, STAGED);
  }
}

function nameOf({ resultId, sha256, sizeBytes, attemptId }: StagedResult): string {
  return `${resultId}~${sha256}~${String(sizeBytes)}~${attemptId ?? '-'}.json`;
}

const NAME = /^([\w-]+)~([0-9a-f]{64})~(\d+)~([\w-]+)\.json$/;

function parseName(name: string): StagedResult | null {
  const [, resultId, sha256, sizeBytes, attempt] = NAME.exec(name) ?? [];
  if (resultId === undefined || sha256 === undefined || attempt === undefined) return null;
  return {
    resultId,
    sha256,
    sizeBytes: Number(sizeBytes),
    attemptId: attempt === '-' ? null : trustedAttemptId(attempt),
  };
}

const inTheWay = (): ProblemError =>
  new ProblemError('conflict', `Where ${RESULT_FILE} belongs, something else is in the way.`);
