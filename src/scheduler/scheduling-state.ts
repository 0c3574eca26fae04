/** The queues in memory against what Redis says: loaded from it, compared with it, forgotten. */
import { Injectable, Logger } from '@nestjs/common';
import type { TaskId } from '../core/ids';
import { logLost } from '../tasks/log-tasks';
import { TaskStore } from '../tasks/task.store';
import { Admission } from './admission';
import { SchedulingLoop } from './scheduling-loop';

@Injectable()
export class SchedulingState {
  private readonly logger = new Logger(SchedulingState.name);
  /** What the look before found out of step. */
  private suspected: ReadonlySet<TaskId> = new Set();

  constructor(
    private readonly store: TaskStore,
    private readonly loop: SchedulingLoop,
    private readonly admission: Admission,
  ) {}

  clear(): void {
    this.loop.clear();
    this.admission.clear();
    this.suspected = new Set();
  }

  /** Puts what can be placed, and nothing else, into the queues. */
  async load(): Promise<void> {
    this.clear();
    for await (const chunk of this.store.ready(await this.store.readyIds()))
      for (const task of chunk) this.admission.admit(task);
  }

  /** Ids of tasks that wait for a worker, as far as this process knows. */
  known(): TaskId[] {
    return this.loop.ids();
  }

  /** Says which of these tasks Redis does not know any more. */
  async reportGone(ids: readonly TaskId[]): Promise<void> {
    const there = new Set((await this.store.readMany(ids)).map(({ id }) => id));
    const gone = ids.filter((id) => !there.has(id));
    if (gone.length > 0) logLost(this.logger, gone);
  }

  /**
   * A ring that was missed shows as a task that can be placed and is not here, or the other way round. Two looks in a
   * row rule out what is just on its way.
   */
  async reconcile(): Promise<void> {
    const before = this.suspected;
    this.suspected = new Set();
    if ((await this.store.readyCount()) === this.loop.queued + this.admission.size) return;
    const ready = await this.store.readyIds();
    const isReady = new Set(ready);
    const absent = ready.filter((id) => !this.isHere(id));
    const surplus = this.loop.ids().filter((id) => !isReady.has(id));
    this.suspected = new Set([...absent, ...surplus]);
    const missed = absent.filter((id) => before.has(id));
    const over = surplus.filter((id) => before.has(id));
    if (missed.length + over.length === 0) return;
    this.logger.warn({ missed: missed.length, over: over.length }, 'the queue is brought up to date');
    for (const id of over) this.loop.drop(id);
    await this.reportGone(over);
    for await (const chunk of this.store.ready(missed)) for (const task of chunk) this.admission.admit(task);
  }

  private isHere(id: TaskId): boolean {
    return this.loop.has(id) || this.admission.has(id);
  }
}
