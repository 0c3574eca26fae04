/**
 * Results that wait for their task's word, or for their final place, in `.spool/staged/`. The name of each carries what
 * there is to know, so that whoever finds it after a crash can go on. One directory for all of them: it is there already,
 * and one sync of it serves everybody who has put something there.
 */
import { Injectable } from '@nestjs/common';
import { lstat, readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FileVersion } from '../artifacts/file-version';
import { Spool } from '../artifacts/spool';
import { type SpoolFile, syncDirectories } from '../artifacts/spool-file';
import { ensureDirectory, orNull } from '../artifacts/task-directory';
import { errnoOf } from '../http/errno';
import { type AttemptId, type TaskId, trustedAttemptId, trustedTaskId } from '../core/ids';
import { BoundedMap } from '../core/bounded-map';
import { SharedBatch, SharedRun } from '../core/shared-run';
import { digestEnvelope } from './digest-envelope';

/** What the name of a staged result says beside the task. */
export interface StagedResult {
  resultId: string;
  sha256: string;
  sizeBytes: number;
  /** null: it does not say. */
  attemptId: AttemptId | null;
}

/** As many as are on their way at once; each is asked for when it gets its final place. */
const MOST_KNOWN = 1024;

const NAME = /^([\w-]+)~([\w-]+)~([0-9a-f]{64})~(\d+)~([\w-]+)\.json$/;

@Injectable()
export class StagedResults {
  private readonly directory: string;
  private readonly removals = new SharedBatch<TaskId>((ids) => this.removeAll(ids));
  private readonly syncs = new SharedRun(() => syncDirectories([this.directory]));
  /** What was put here, as it is on disk, until somebody asks. */
  private readonly versions = new BoundedMap<string, FileVersion>(MOST_KNOWN);

  constructor(private readonly spool: Spool) {
    this.directory = join(spool.directory, 'staged');
  }

  /** Brings a file here, and to disk. It is still to be released or discarded. */
  async put(id: TaskId, file: SpoolFile, staged: StagedResult): Promise<void> {
    const path = this.path(id, staged);
    try {
      await file.moveTo(path);
    } catch (error) {
      if (errnoOf(error) !== 'ENOENT') throw error;
      await this.make();
      await file.moveTo(path);
    }
    await Promise.all([file.seal(), this.syncs.run()]);
    if (file.version !== null) this.versions.set(path, file.version);
  }

  /** null: it is not here. Whoever has put it here a moment ago need not look: others may have taken it since. */
  async version(id: TaskId, staged: StagedResult): Promise<FileVersion | null> {
    const path = this.path(id, staged);
    const known = this.versions.get(path);
    this.versions.delete(path);
    return known ?? (await orNull(lstat(path)));
  }

  path(id: TaskId, staged: StagedResult): string {
    return join(this.directory, stagedName(id, staged));
  }

  /** Those of a task, in no order. */
  async of(id: TaskId): Promise<StagedResult[]> {
    const names = (await orNull(readdir(this.directory))) ?? [];
    return names.filter((name) => taskOf(name) === id).flatMap(parseStaged);
  }

  /** Whether all its bytes are there, which is certain only of a result that its task has taken. */
  async isWhole(id: TaskId, staged: StagedResult): Promise<boolean> {
    return (await orNull(digestEnvelope(this.path(id, staged)))) === staged.sha256;
  }

  /** Tasks of what nobody has touched for an hour: every post moves on at least once a minute. */
  async leftBehind(): Promise<TaskId[]> {
    const names = (await orNull(readdir(this.directory))) ?? [];
    const old = await this.spool.leftBehind(names.map((name) => join(this.directory, name)));
    return [...new Set(old.map((path) => trustedTaskId(taskOf(basename(path)))))];
  }

  /** The task has taken another one, or none. */
  remove(id: TaskId): Promise<void> {
    return this.removals.add(id);
  }

  private async removeAll(tasks: readonly TaskId[]): Promise<void> {
    const ids = new Set<string>(tasks);
    for (const name of (await orNull(readdir(this.directory))) ?? [])
      if (ids.has(taskOf(name))) await rm(join(this.directory, name), { force: true });
  }

  private async make(): Promise<void> {
    await ensureDirectory(this.directory);
    await syncDirectories([this.spool.directory, dirname(this.spool.directory)]);
  }
}

/** '' where the name is none of these. */
export const taskOf = (name: string): string => name.slice(0, Math.max(0, name.indexOf('~')));

export const stagedName = (id: TaskId, { resultId, sha256, sizeBytes, attemptId }: StagedResult): string =>
  `${[id, resultId, sha256, String(sizeBytes), attemptId ?? '-'].join('~')}.json`;

/** None where the name is none of these. */
export function parseStaged(name: string): StagedResult[] {
  const [, , resultId, sha256, sizeBytes, attempt] = NAME.exec(name) ?? [];
  if (resultId === undefined || sha256 === undefined || attempt === undefined) return [];
  const attemptId = attempt === '-' ? null : trustedAttemptId(attempt);
  return [{ resultId, sha256, sizeBytes: Number(sizeBytes), attemptId }];
}
