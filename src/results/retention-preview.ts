/** What a run of retention would do if it came now, without doing any of it; and what lies about that it never touches. */
import { Injectable } from '@nestjs/common';
import { opendir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ArtifactStore } from '../artifacts/artifact.store';
import { orNull, OWN_DIRECTORY } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import type { DeletionCause } from '../core/model';
import { isTaskId, type TaskId } from '../core/ids';
import { TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import { RESULT_FILE } from './result-files';
import { parseRecordName } from './result-record';
import { Retention } from './retention';

/** So many tasks, and so many directories, are looked at for one preview. */
const MOST_LOOKED_AT = 10_000;
/** So many of each kind are named. */
const MOST_NAMED = 100;
const DIRECTORIES_AT_ONCE = 200;

interface DuePreview {
  taskId: TaskId;
  cause: DeletionCause;
  endedAtUs: number | null;
  sizeBytes: number;
}
interface KeptPreview {
  taskId: TaskId;
  cause: DeletionCause;
  /** The open task that needs it, and in which way. */
  neededBy: string;
  why: string;
}
interface UnknownDirectory {
  name: string;
  sizeBytes: number;
}

export interface Preview {
  due: { count: number; bytes: number; first: DuePreview[] };
  kept: { count: number; first: KeptPreview[] };
  /** Directories that look like those of tasks, and belong to none that is known: nothing here ever deletes them. */
  unknown: { count: number; first: UnknownDirectory[] };
  /** Nothing more is due or unknown than was looked at. */
  isComplete: boolean;
}

@Injectable()
export class RetentionPreview {
  private readonly root: string;

  constructor(
    config: AppConfig,
    private readonly runs: Retention,
    private readonly retention: TaskRetention,
    private readonly tasks: TaskStore,
    private readonly artifacts: ArtifactStore,
  ) {
    this.root = config.resultsDir;
  }

  async look(): Promise<Preview> {
    const preview: Preview = {
      due: { count: 0, bytes: 0, first: [] },
      kept: { count: 0, first: [] },
      unknown: { count: 0, first: [] },
      isComplete: true,
    };
    const seen = new Set<TaskId>();
    const isWanted = (): boolean => {
      if (seen.size >= MOST_LOOKED_AT) preview.isComplete = false;
      return preview.isComplete;
    };
    await this.runs.visitDue(isWanted, async (id, cause) => {
      const freedBytes = seen.has(id) ? 0 : await this.lookAt(id, cause, preview);
      seen.add(id);
      return { isGone: false, freedBytes };
    });
    await this.findUnknown(preview);
    return preview;
  }

  /** @returns the counted bytes that would be counted no more */
  private async lookAt(id: TaskId, cause: DeletionCause, { due, kept }: Preview): Promise<number> {
    const answer = await this.retention.check(id);
    if (answer[0] === 'needed') {
      kept.count += 1;
      const [, neededBy, why] = answer;
      if (kept.first.length < MOST_NAMED) kept.first.push({ taskId: id, cause, neededBy, why });
    }
    if (answer[0] !== 'free') return 0;
    const [task, document] = await Promise.all([this.tasks.read(id), this.tasks.readDocument(id)]);
    const sizeBytes = await this.artifacts.sizeOf(id, document);
    due.count += 1;
    due.bytes += sizeBytes;
    const endedAtUs = task?.finishedAtUs ?? null;
    if (due.first.length < MOST_NAMED) due.first.push({ taskId: id, cause, endedAtUs, sizeBytes });
    return Number(answer[1]);
  }

  private async findUnknown(preview: Preview): Promise<void> {
    const directory = await orNull(opendir(this.root));
    if (directory === null) return;
    let batch: TaskId[] = [];
    let count = 0;
    for await (const entry of directory) {
      if (!entry.isDirectory() || !isTaskId(entry.name)) continue;
      count += 1;
      if (count > MOST_LOOKED_AT) {
        preview.isComplete = false;
        break;
      }
      batch.push(entry.name);
      if (batch.length === DIRECTORIES_AT_ONCE) {
        await this.addUnknown(batch, preview);
        batch = [];
      }
    }
    await this.addUnknown(batch, preview);
  }

  private async addUnknown(names: readonly TaskId[], { unknown }: Preview): Promise<void> {
    const known = await this.retention.withFiles(names);
    for (const name of names) {
      if (known.has(name) || !(await this.isOfATask(name))) continue;
      unknown.count += 1;
      if (unknown.first.length >= MOST_NAMED) continue;
      unknown.first.push({ name, sizeBytes: await this.artifacts.sizeOf(name, null) });
    }
  }

  /** Workers may keep whatever they like on the volume, and directories of any name. */
  private async isOfATask(name: TaskId): Promise<boolean> {
    const entries = (await orNull(readdir(join(this.root, name)))) ?? [];
    return entries.some(
      (entry) => entry === OWN_DIRECTORY || entry === RESULT_FILE || parseRecordName(entry) !== null,
    );
  }
}
