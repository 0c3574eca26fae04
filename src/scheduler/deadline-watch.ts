/** Ends attempts that take longer than they may: a hung task sends heartbeats for ever. */
import { Injectable, Logger } from '@nestjs/common';
import type { TaskId } from '../core/ids';
import { KEY } from '../redis/keys';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import { ResultIntake } from '../results/result-intake';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskStore } from '../tasks/task.store';
import { DueWatch } from './due-watch';
import { EventGate } from './event-gate';

@Injectable()
export class DeadlineWatch extends DueWatch {
  private readonly logger = new Logger(DeadlineWatch.name);

  constructor(
    connections: RedisConnections,
    clock: RedisClock,
    private readonly store: TaskStore,
    private readonly lifecycle: TaskLifecycle,
    private readonly intake: ResultIntake,
    private readonly gate: EventGate,
  ) {
    super(connections, clock, KEY.deadlines);
  }

  /** An attempt went out just now that may take so long. */
  expect(timeoutSec: number): void {
    this.expectIn(1000 * timeoutSec + 1);
  }

  protected async act(overdue: TaskId[]): Promise<void> {
    if (!this.gate.passable) return;
    await Promise.all(overdue.map((id) => this.end(id)));
  }

  /** A result that is here already, or on its way in, was made in time. */
  private async end(id: TaskId): Promise<void> {
    const task = await this.store.read(id);
    const attemptId = task?.attemptId ?? null;
    if (task === null || attemptId === null) return;
    if (await this.intake.gather(task)) return;
    const error = `timeout: attempt ${String(task.attempt)} on ${task.attemptWorker ?? 'its worker'} took longer than ${String(task.timeoutSec)} s (spec.timeoutSec)`;
    this.logger.warn({ task_id: id, worker_id: task.attemptWorker, timeout_sec: task.timeoutSec }, 'timeout');
    await this.lifecycle.apply(id, {
      kind: 'timed_out',
      evidence: { attemptId },
      error,
      random: Math.random(),
    });
  }
}
