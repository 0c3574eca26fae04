/** What the rest of the service asks of results and files that are on their way in, or were left half way. */
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { Inbox } from '../artifacts/inbox';
import type { Kept, KeptResult } from '../artifacts/kept';
import { Spool } from '../artifacts/spool';
import type { SpoolFile } from '../artifacts/spool-file';
import { TakeUpload } from '../artifacts/take-upload';
import { orNull } from '../artifacts/task-directory';
import { crashPoint } from '../core/crash-point';
import { isStoreUnavailable, ProblemError, StorageUnavailable } from '../core/errors';
import type { TaskId } from '../core/ids';
import type { Task } from '../core/model';
import { SharedRun } from '../core/shared-run';
import { errnoOf } from '../http/errno';
import { RedisConnections } from '../redis/redis-connections';
import type { Outcome } from '../tasks/task-lifecycle';
import { IngestResult } from './ingest-result';
import { ResultCommitter } from './result-committer';
import { ResultFiles } from './result-files';
import { Settler } from './settler';

/** Emitted when a task is DONE by its worker's word, its files in their place. */
export const TASK_SUCCEEDED = 'task.succeeded';
export interface TaskSucceededEvent {
  taskId: TaskId;
}

/** Entries of different tasks are judged side by side. */
const AT_ONCE = 16;
const DRAIN_AGAIN_MS = 1000;

@Injectable()
export class ResultIntake implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ResultIntake.name);
  private readonly passes = new SharedRun(() => this.pass());
  private timer: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly inbox: Inbox,
    private readonly uploads: TakeUpload,
    private readonly results: IngestResult,
    private readonly committer: ResultCommitter,
    private readonly files: ResultFiles,
    private readonly settler: Settler,
    private readonly spool: Spool,
    private readonly connections: RedisConnections,
    private readonly events: EventEmitter2,
  ) {
    // A store that could not take something need not have been disconnected: nobody would say that it is back.
    inbox.onKept(() => {
      this.drainSoon();
    });
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.passes.settled();
  }

  /**
   * Judges everything that is in the inbox at this moment: files first, then results in the order in which they came.
   * Throws when the task store goes away meanwhile; what was not judged yet stays.
   */
  drain(): Promise<void> {
    return this.passes.run();
  }

  /**
   * Completes the task by what a crash or a Redis that lost writes left behind: a result that it had taken, or one of its
   * latest attempt that is on disk. Whether it is DONE now.
   */
  adopt(task: Task): Promise<boolean> {
    return this.committer.adopt(task);
  }

  /**
   * Whatever there is of the task's latest attempt, before it is said to have none: a post that is on its way, to
   * whichever replica, is awaited (15 s at the most), what is kept is judged, what was left half way is taken. Whether
   * the task is DONE now.
   */
  async gather(task: Task): Promise<boolean> {
    if (task.attemptId !== null) await this.spool.postsEnded(task.attemptId);
    await this.drain();
    return await this.adopt(task);
  }

  /** Puts the results and files of all tasks in place whose end was cut off half way. */
  settleAll(): Promise<void> {
    return this.settler.settleAll();
  }

  /** Puts the files of a task in place that has become DONE without a result of ours; most have none. */
  async settleFiles(outcome: Outcome): Promise<void> {
    if (outcome.kind !== 'applied') return;
    if (outcome.hasUploads) await this.settler.settle(outcome.task.id);
    this.events.emit(TASK_SUCCEEDED, { taskId: outcome.task.id } satisfies TaskSucceededEvent);
  }

  private async pass(): Promise<void> {
    const ids = await this.inbox.entries();
    for (let from = 0; from < ids.length && !this.stopped; from += AT_ONCE) {
      const entries: { id: string; kept: Kept }[] = [];
      for (const id of ids.slice(from, from + AT_ONCE)) {
        const kept = await this.inbox.read(id);
        if (kept !== 'gone') entries.push({ id, kept });
      }
      const tasks = new Set(entries.map(({ kept }) => kept.taskId));
      await Promise.all(
        [...tasks].map((task) => this.judgeInOrder(entries.filter(({ kept }) => kept.taskId === task))),
      );
    }
    if (ids.length > 0) await this.inbox.entries();
  }

  private async judgeInOrder(entries: readonly { id: string; kept: Kept }[]): Promise<void> {
    for (const { id, kept } of entries) {
      try {
        await this.judge(id, kept);
      } catch (error) {
        if (isStoreUnavailable(error)) throw error;
        // Of the volume, most likely: it stays, and is judged again.
        this.logger.error(
          { entry: id, task_id: kept.taskId, err: error },
          'what was kept could not be judged',
        );
        this.drainSoon();
        // Else its result could be there before the files that came ahead of it.
        if (error instanceof StorageUnavailable) return;
      }
    }
  }

  private async judge(id: string, kept: Kept): Promise<void> {
    const file = (await this.inbox.data(id)) ?? (kept.kind === 'result' ? await this.stagedOf(kept) : null);
    // Without its bytes it was judged before, by another replica or ahead of a crash.
    const problem = file === null ? null : await this.problemOf(kept, file);
    crashPoint('inbox.committed');
    if (problem === 'taken') this.drainSoon();
    else if (file !== null && problem !== null) await this.inbox.reject(id, kept, file, problem.message);
    else await this.inbox.done(id);
  }

  /** `taken`: another replica has its bytes in hand, and may die over them; the next look says what became of it. */
  private async problemOf(kept: Kept, file: SpoolFile): Promise<ProblemError | 'taken' | null> {
    try {
      if (kept.kind === 'result') return await this.results.runKept(kept, file);
      await this.uploads.runKept(kept, file);
      return null;
    } catch (error) {
      // 503 is no verdict: it is judged again.
      if (error instanceof ProblemError && error.slug !== 'unavailable') return error;
      if (errnoOf(error) === 'ENOENT' && (await orNull(file.stats())) === null) return 'taken';
      throw error;
    }
  }

  /** Where it lies when the commit had begun. */
  private async stagedOf({ taskId, resultId }: KeptResult): Promise<SpoolFile | null> {
    const staged = await this.files.stagedAs(taskId, resultId);
    return staged === null ? null : this.files.asReceived(taskId, staged);
  }

  private drainSoon(): void {
    if (this.timer !== null || this.stopped) return;
    this.timer = setTimeout(() => {
      this.timer = null;
      if (this.connections.isUp())
        void this.drain().catch(() => {
          this.drainSoon();
        });
      else this.drainSoon();
    }, DRAIN_AGAIN_MS).unref();
  }
}
