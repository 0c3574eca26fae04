/**
 * Brings the disk to where the task is: its winner's files and result in their final place, everything else gone; where
 * nobody has won, but for the files of the last attempt, which may say why. Any replica may do it at any time, and as
 * often as it likes.
 */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { AttemptFiles } from '../artifacts/attempt-files';
import { TaskMutex } from '../artifacts/task-mutex';
import { isStoreUnavailable } from '../core/errors';
import { type AttemptId, trustedTaskId, type TaskId } from '../core/ids';
import { isTerminal, type Task } from '../core/model';
import { crashPoint } from '../core/crash-point';
import { SharedBatch } from '../core/shared-run';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import { TaskStore } from '../tasks/task.store';
import { ResultFiles } from './result-files';
import type { StagedResult } from './staged-results';

const SCAN_COUNT = 500;
/** Meanwhile what waits for these results has gone on: the next stage is sent out, the shards of a task are put together. */
const PUT_OFF_MS = 25;
/** More than that are not put off: who brings the next one waits for it. */
const MOST_BEHIND = 128;
/** Looking for what crashes left means looking at everything that is staged. */
const CLEAR_EVERY_MS = 600_000;

/** A result that its task has taken and that is on its way to its final place. */
interface Behind {
  readonly staged: StagedResult;
  settle(): Promise<void>;
  /** Once it has begun. */
  work: Promise<void> | null;
}

@Injectable()
export class Settler implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Settler.name);
  private readonly behind = new Map<TaskId, Behind>();
  private timer: NodeJS.Timeout | null = null;

  /** Many results come to their place at once; Redis hears of them in one command. */
  private readonly settled = new SharedBatch<TaskId>(async (ids) => {
    await this.connections.commands.srem(KEY.unsettled, ...ids);
  });
  private clearAfter = 0;

  constructor(
    private readonly tasks: TaskStore,
    private readonly files: ResultFiles,
    private readonly attempts: AttemptFiles,
    private readonly mutex: TaskMutex,
    private readonly connections: RedisConnections,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    await this.caughtUp();
  }

  /** Ends when every result that its task has taken here by now is in its final place. */
  async caughtUp(): Promise<void> {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
    await Promise.all([...this.behind].map(([id, behind]) => (behind.work ??= this.catchUp(id, behind))));
  }

  /** For the holder of the task's mutex. What it cannot put in place is put there later. */
  async settleNow(task: Task, staged: StagedResult): Promise<void> {
    await this.orLater(task.id, () => this.settleHeld(task, staged));
  }

  /**
   * The same for a task without files, whose answer need not wait: that the task has taken the result is what counts,
   * and its final place can come a moment later.
   * @param isNew the task's directory was made for this result
   */
  async settleSoon(task: Task, staged: StagedResult, isNew: boolean): Promise<void> {
    const settle = (): Promise<void> =>
      this.orLater(task.id, () => this.settleResult(task, staged, task.attemptId, isNew));
    if (this.behind.size >= MOST_BEHIND) return settle();
    this.behind.set(task.id, { staged, settle, work: null });
    this.timer ??= setTimeout(() => void this.caughtUp(), PUT_OFF_MS);
  }

  /** Unless somebody has settled the task meanwhile, for a reason of his own. */
  private catchUp(id: TaskId, behind: Behind): Promise<void> {
    return this.mutex.run(id, async () => {
      if (this.behind.get(id) !== behind) return;
      await behind.settle();
      this.behind.delete(id);
    });
  }

  /** The result that the task has taken, as long as it is on its way from here to its final place. */
  behindOf(id: TaskId): StagedResult | null {
    return this.behind.get(id)?.staged ?? null;
  }

  /** Does nothing for a task that has not ended. */
  async settle(id: TaskId): Promise<void> {
    await this.mutex.run(id, async () => {
      const task = await this.tasks.read(id);
      if (task !== null) await this.settleHeld(task);
      else await this.settled.add(id);
    });
  }

  /** Every task whose end a crash may have left half done. */
  async settleAll(): Promise<void> {
    let cursor = '0';
    do {
      const [next, ids] = await this.connections.commands.sscan(KEY.unsettled, cursor, 'COUNT', SCAN_COUNT);
      cursor = next;
      for (const id of ids.map(trustedTaskId)) {
        try {
          await this.settle(id);
        } catch (error) {
          if (isStoreUnavailable(error)) throw error;
          this.logger.error({ task_id: id, err: error }, 'the result of a task could not be put in place');
        }
      }
    } while (cursor !== '0');
    if (performance.now() < this.clearAfter) return;
    await this.clearLeftBehind();
    this.clearAfter = performance.now() + CLEAR_EVERY_MS;
  }

  /** Removes what has been staged for an hour and can be no result any more. */
  async clearLeftBehind(): Promise<void> {
    for (const id of await this.files.leftStaged()) await this.clear(id);
  }

  /** What a crash left of a post to a task that has ended since, with it or without. */
  private async clear(id: TaskId): Promise<void> {
    await this.mutex.run(id, async () => {
      const task = await this.tasks.read(id);
      if (task?.status === 'DONE' && task.deletedAtUs === null) await this.settleHeld(task);
      else if (task === null || isTerminal(task.status)) await this.files.tidy(id);
    });
  }

  private async orLater(id: TaskId, settle: () => Promise<void>): Promise<void> {
    try {
      await settle();
    } catch (error) {
      this.logger.warn({ task_id: id, err: error }, 'a result is taken, but not in its final place yet');
    }
  }

  /** For the holder of the task's mutex. `staged`: where the result lies, for who knows. */
  async settleHeld(task: Task, staged: StagedResult | null = null): Promise<void> {
    if (!isTerminal(task.status) || task.deletedAtUs !== null) return;
    if (task.status !== 'DONE') {
      await this.attempts.keepOnly(task.id, task.attemptId);
      await this.settled.add(task.id);
      return;
    }
    const record = staged === null ? await this.files.committed(task.id) : null;
    // Where Redis has lost writes, the attempt that won may not be the one that it names.
    const winner = record === null ? task.attemptId : record.attemptId;
    if (await this.attempts.promote(task.id, winner)) crashPoint('upload.promoted');
    if (task.resultId === null) await this.settled.add(task.id);
    else if (record?.resultId === task.resultId) await this.conclude(task.id);
    else await this.settleResult(task, staged ?? (await this.files.stagedAs(task.id, task.resultId)), winner);
  }

  private async settleResult(
    { id, resultId }: Task,
    staged: StagedResult | null,
    winner: AttemptId | null,
    isNew = false,
  ): Promise<void> {
    if (staged === null || !(await this.files.promote(id, staged, winner, isNew))) {
      // Another replica may have put it in place, and deleted it since.
      if (staged !== null && (await this.tasks.read(id))?.deletedAtUs !== null) return;
      // It may be in the inbox still; and if the volume has lost it, that is worth being said each time.
      this.logger.warn({ task_id: id, result_id: resultId }, 'the result of a task is not on the volume');
      return;
    }
    await this.conclude(id);
  }

  /** The result is in its place. */
  private async conclude(id: TaskId): Promise<void> {
    this.behind.delete(id);
    await this.files.tidy(id);
    await this.settled.add(id);
  }
}
