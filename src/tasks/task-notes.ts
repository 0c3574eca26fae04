/** What is noted with a task beside its state, each by one script. */
import { Injectable } from '@nestjs/common';
import type { TaskId } from '../core/ids';
import { Scripts } from '../redis/scripts';

@Injectable()
export class TaskNotes {
  constructor(private readonly scripts: Scripts) {}

  /** How the task is treated, and why. */
  async explain(id: TaskId, note: string): Promise<void> {
    await this.scripts.run('explain-task', { task_id: id, note });
  }

  /** The aggregate of this task is not to be sent (any more). `failure`: why it could not be, if that is so. */
  async delivered(id: TaskId, failure: string | null): Promise<void> {
    await this.scripts.run('note-delivery', { task_id: id, note: failure ?? '' });
  }
}
