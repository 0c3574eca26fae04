/**
 * Deletes the result and the files of an ended task. First the task says so, in one script that also decides whether
 * somebody needs them still; from then on nobody is given anything. Then the disk follows, as often as it takes.
 */
import { Injectable, Logger } from '@nestjs/common';
import { ArtifactStore } from '../artifacts/artifact.store';
import { TaskMutex } from '../artifacts/task-mutex';
import { crashPoint } from '../core/crash-point';
import type { TaskId } from '../core/ids';
import type { DeletionCause, Task } from '../core/model';
import { isFull } from '../http/errno';
import { Metrics } from '../metrics/metrics';
import { KnownTasks } from '../tasks/known-tasks';
import { BY_REQUEST, TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import { type Grave, graveOf } from './grave';
import { ResultFiles } from './result-files';
import { ResultStore } from './result.store';
import { Settler } from './settler';

/**
 * For so long it is known on disk what was deleted, in case that Redis loses its latest writes; then the place is looked
 * at once more, for what an upload that had begun before may have left.
 */
const REMEMBERED_US = 3_600_000_000;

export type DeletionVerdict =
  /** Now, or before. `storedBytes`: what was counted of it until now. */
  | { kind: 'deleted'; storedBytes: number }
  | { kind: 'unknown' }
  | { kind: 'open'; status: string }
  /** `why`: an open task depends on it, its parent is open, or its aggregate is still to be sent. */
  | { kind: 'needed'; by: string; why: string }
  | { kind: 'not_leader' };

@Injectable()
export class ResultDeletion {
  private readonly logger = new Logger(ResultDeletion.name);

  constructor(
    private readonly tasks: TaskStore,
    private readonly known: KnownTasks,
    private readonly retention: TaskRetention,
    private readonly artifacts: ArtifactStore,
    private readonly files: ResultFiles,
    private readonly results: ResultStore,
    private readonly settler: Settler,
    private readonly mutex: TaskMutex,
    private readonly metrics: Metrics,
  ) {}

  /** What a client asks for: with a parent go its shards, of which the client need not know. */
  async deleteByRequest(id: TaskId): Promise<DeletionVerdict> {
    try {
      const verdict = await this.delete(id, 'request', BY_REQUEST);
      if (verdict.kind === 'deleted') {
        for (const shard of await this.tasks.shards(id)) await this.delete(shard, 'request', BY_REQUEST);
      }
      return verdict;
    } finally {
      this.reclaim();
    }
  }

  /** What was deleted is out of sight already: nobody waits until its room is free. */
  reclaim(): void {
    void this.artifacts.reclaim().catch((error: unknown) => {
      this.logger.warn({ err: error }, 'deleted files are not removed from disk yet');
    });
  }

  /** @param epoch of the term by which it is decided; '' for a client's wish */
  async delete(id: TaskId, cause: DeletionCause, epoch: string): Promise<DeletionVerdict> {
    let answer = await this.retention.begin(id, cause, epoch, false);
    if (answer[0] === 'unsettled') {
      await this.settler.settle(id);
      answer = await this.retention.begin(id, cause, epoch, true);
    }
    switch (answer[0]) {
      case 'begun':
        this.metrics.resultsDeleted.inc({ cause });
        crashPoint('delete.begun');
        await this.clear(id);
        return { kind: 'deleted', storedBytes: Number(answer[1]) };
      case 'deleted':
        // Where the disk was not cleared since: a crash came in between, or somebody's rights.
        if ((await this.retention.dueAt(id)) === Number(answer[1])) await this.clear(id);
        return { kind: 'deleted', storedBytes: 0 };
      case 'open':
        return { kind: 'open', status: answer[1] };
      case 'needed':
        return { kind: 'needed', by: answer[1], why: answer[2] };
      case 'unsettled':
        throw new Error(`the result of task ${id} was settled in vain`);
      case 'unknown':
      case 'not_leader':
        return { kind: answer[0] };
    }
  }

  /** Brings the disk to where Redis is: after the deletion has begun, after a crash, and once more when its time is over. */
  async clear(id: TaskId): Promise<void> {
    await this.mutex.run(id, async () => {
      const task = await this.tasks.read(id);
      // Of what Redis has forgotten, nothing is known that would be to be deleted.
      const { deletedBecause = null, deletedAtUs = null } = task ?? {};
      if (task === null || deletedBecause === null || deletedAtUs === null) await this.retention.isOver(id);
      else await this.clearHeld(task, deletedBecause, deletedAtUs);
    });
  }

  /** Another replica says that the task's result was deleted. */
  forget(id: TaskId): void {
    this.results.forget(id);
    this.known.erased(id);
  }

  /**
   * A task whose result was deleted before Redis lost that. It ended, and is to be so again, unless a task that is open
   * (again) needs what was deleted: then it is made once more. Whether it has ended.
   * @param end completes it
   */
  async hasEnded(id: TaskId, cause: DeletionCause, end: () => Promise<unknown>): Promise<boolean> {
    if (await this.retention.isNeeded(id)) return false;
    await end();
    this.logger.warn({ task_id: id }, 'a task whose result was deleted is DONE again');
    const [answer] = await this.retention.begin(id, cause, BY_REQUEST, true);
    return answer === 'begun' || answer === 'deleted';
  }

  private async clearHeld(task: Task, cause: DeletionCause, deletedAtUs: number): Promise<void> {
    const { id } = task;
    const dueUs = await this.retention.dueAt(id);
    this.forget(id);
    await this.artifacts.removeAll(id, await this.tasks.readDocument(id), cause);
    await this.files.tidy(id);
    crashPoint('delete.hidden');
    if (dueUs !== deletedAtUs) {
      await this.retention.isOver(id);
      return;
    }
    const grave = graveOf(task);
    if (grave !== null) await this.bury(id, grave);
    crashPoint('delete.buried');
    await this.retention.lookAt(id, deletedAtUs + REMEMBERED_US);
  }

  /** On a full volume in the room of what was deleted. */
  private async bury(id: TaskId, grave: Grave): Promise<void> {
    try {
      await this.files.bury(id, grave);
    } catch (error) {
      if (!isFull(error)) throw error;
      await this.artifacts.reclaim();
      await this.files.bury(id, grave);
    }
  }
}
