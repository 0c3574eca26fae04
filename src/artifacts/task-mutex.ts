/** One at a time per task: judging a result or an upload and putting it in place belong together. */
import { Injectable } from '@nestjs/common';
import type { TaskId } from '../core/ids';

@Injectable()
export class TaskMutex {
  private readonly tails = new Map<TaskId, Promise<unknown>>();

  /** Runs `work` after everything that was handed in for this task before, whether that went well or not. */
  async run<T>(id: TaskId, work: () => Promise<T>): Promise<T> {
    const before = this.tails.get(id) ?? Promise.resolve();
    const mine = before.then(work, work);
    const tail = mine.catch(() => undefined);
    this.tails.set(id, tail);
    try {
      return await mine;
    } finally {
      if (this.tails.get(id) === tail) this.tails.delete(id);
    }
  }
}
