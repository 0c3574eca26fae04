/** What a run of retention would do if it came now, without doing any of it; and what lies about that it never touches. */
import { Injectable } from '@nestjs/common';
import { ArtifactStore } from '../artifacts/artifact.store';
import type { DeletionCause } from '../core/model';
import type { TaskId } from '../core/ids';
import { TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import { ResultFiles } from './result-files';
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
  constructor(
    private readonly files: ResultFiles,
    private readonly runs: Retention,
    private readonly retention: TaskRetention,
    private readonly tasks: TaskStore,
    private readonly artifacts: ArtifactStore,
  ) {}

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
    let batch: TaskId[] = [];
    let count = 0;
    for await (const id of this.files.tasks()) {
      count += 1;
      if (count > MOST_LOOKED_AT) {
        preview.isComplete = false;
        break;
      }
      batch.push(id);
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
      if (known.has(name) || !(await this.files.hasTask(name))) continue;
      unknown.count += 1;
      if (unknown.first.length >= MOST_NAMED) continue;
      unknown.first.push({ name, sizeBytes: await this.artifacts.sizeOf(name, null) });
    }
  }
}
