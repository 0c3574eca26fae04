/**
 * Brings the disk to where the task is: its winner's files and result in their final place, everything else gone. Any
 * replica may do it at any time, and as often as it likes.
 */
import { Injectable, Logger } from '@nestjs/common';
import { AttemptFiles } from '../artifacts/attempt-files';
import { TaskMutex } from '../artifacts/task-mutex';
import { isStoreUnavailable } from '../core/errors';
import { trustedTaskId, type TaskId } from '../core/ids';
import type { Task } from '../core/model';
import { crashPoint } from '../core/crash-point';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import { TaskStore } from '../tasks/task.store';
import { ResultFiles, type StagedResult } from './result-files';

const SCAN_COUNT = 500;

@Injectable()
export class Settler {
  private readonly logger = new Logger(Settler.name);

  constructor(
    private readonly tasks: TaskStore,
    private readonly files: ResultFiles,
    private readonly attempts: AttemptFiles,
    private readonly mutex: TaskMutex,
    private readonly connections: RedisConnections,
  ) {}

  /** Does nothing for a task that is not DONE. */
  async settle(id: TaskId): Promise<void> {
    await this.mutex.run(id, async () => {
      const task = await this.tasks.read(id);
      if (task !== null) await this.settleHeld(task);
      else await this.forget(id);
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
  }

  /** For the holder of the task's mutex. `staged`: where the result lies, for who knows. */
  async settleHeld(task: Task, staged: StagedResult | null = null): Promise<void> {
    if (task.status !== 'DONE') return;
    const record = staged === null ? await this.files.committed(task.id) : null;
    // Where Redis has lost writes, the attempt that won may not be the one that it names.
    const winner = record === null ? task.attemptId : record.attemptId;
    if (await this.attempts.promote(task.id, winner)) crashPoint('upload.promoted');
    const { resultId } = task;
    if (resultId === null) return;
    if (record?.resultId !== resultId) {
      const winning = staged ?? (await this.files.staged(task.id)).find((each) => each.resultId === resultId);
      if (winning === undefined || !(await this.files.promote(task.id, winning, winner))) {
        // It may be in the inbox still; and if the volume has lost it, that is worth being said each time.
        this.logger.warn(
          { task_id: task.id, result_id: resultId },
          'the result of a task is not on the volume',
        );
        return;
      }
    }
    await this.files.tidy(task.id);
    await this.forget(task.id);
  }

  private async forget(id: TaskId): Promise<void> {
    await this.connections.commands.srem(KEY.unsettled, id);
  }
}
