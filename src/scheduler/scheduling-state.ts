/** The queues in memory against what Redis says: loaded from it, compared with it, forgotten. */
import { Injectable, Logger } from '@nestjs/common';
import type { TaskId } from '../core/ids';
import { TaskStore } from '../tasks/task.store';
import { Admission } from './admission';
import { SchedulingLoop } from './scheduling-loop';

/** How many ids a log line names. */
const NAMED = 20;

@Injectable()
export class SchedulingState {
  private readonly logger = new Logger(SchedulingState.name);
  private mismatches = 0;

  constructor(
    private readonly store: TaskStore,
    private readonly loop: SchedulingLoop,
    private readonly admission: Admission,
  ) {}

  clear(): void {
    this.loop.clear();
    this.admission.clear();
    this.mismatches = 0;
  }

  /** Puts what can be placed, and nothing else, into the queues. */
  async load(): Promise<void> {
    this.clear();
    for await (const chunk of this.store.ready()) for (const task of chunk) this.admission.admit(task);
  }

  /** Ids of tasks that wait for a worker, as far as this process knows. */
  known(): TaskId[] {
    return this.loop.ids();
  }

  /** Says which of these tasks Redis does not know any more. */
  async reportGone(ids: readonly TaskId[]): Promise<void> {
    const there = new Set((await this.store.readMany(ids)).map(({ id }) => id));
    const gone = ids.filter((id) => !there.has(id));
    if (gone.length === 0) return;
    this.logger.error(
      { count: gone.length, task_ids: gone.slice(0, NAMED) },
      'tasks that waited for a worker are gone with what Redis lost; they have to be submitted again',
    );
  }

  /** A ring that was missed shows as a difference in numbers; two sweeps in a row rule out what is just on its way. */
  async reconcile(): Promise<void> {
    const expected = await this.store.readyCount();
    if (expected === this.loop.queued + this.admission.size) {
      this.mismatches = 0;
      return;
    }
    this.mismatches += 1;
    if (this.mismatches < 2) return;
    this.logger.warn({ in_redis: expected, in_memory: this.loop.queued }, 'the queue is loaded again');
    await this.load();
  }
}
