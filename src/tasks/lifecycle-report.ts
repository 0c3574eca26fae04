/** What is counted, logged and traced of a change that was committed. */
import { Injectable, Logger } from '@nestjs/common';
import { type AttemptEnd, endOf, isInFlight } from '../core/lifecycle/attempt-end';
import type { Decision, TaskEvent } from '../core/lifecycle/decide';
import type { Task, TerminalStatus } from '../core/model';
import { type AttemptOutcome, Metrics } from '../metrics/metrics';
import { traceIdOf } from '../core/trace/run-trace';
import { endsShards } from '../core/trace/task-spans';
import { RedisClock } from '../redis/redis-clock';
import { TaskTraces } from './task-traces';

/** As it is counted: a timeout is counted by itself too, and an attempt that no worker took lasted no time. */
const COUNTED_AS: Readonly<Record<AttemptEnd, AttemptOutcome | null>> = {
  done: 'done',
  failed: 'failed',
  timed_out: 'failed',
  lost: 'lost',
  undelivered: null,
  cancelled: 'cancelled',
};

@Injectable()
export class LifecycleReport {
  private readonly logger = new Logger('TaskLifecycle');

  constructor(
    private readonly metrics: Metrics,
    private readonly clock: RedisClock,
    private readonly traces: TaskTraces,
  ) {}

  /** @param count with it ended those that depend on it */
  ended(status: TerminalStatus, count = 1): void {
    this.metrics.taskEnded(status, count);
  }

  /** @param task as it was before */
  changed(task: Task, event: TaskEvent, decision: Decision): void {
    if (decision.kind === 'succeed') this.ended('DONE');
    if (decision.kind === 'back_off') {
      this.metrics.taskRetries.inc({ cause: event.kind === 'timed_out' ? 'timeout' : 'failed' });
    }
    if (event.kind === 'timed_out') this.metrics.taskTimeouts.inc();
    if (event.kind === 'lost') this.metrics.taskLosses.inc({ cause: event.cause });
    if (decision.kind === 'requeue' && decision.cause === 'undelivered') {
      this.metrics.dispatchNotTaken('not_acknowledged');
    }
    if (decision.kind === 'start') this.acknowledged(task, decision.heldMs);
    this.attemptEnded(task, event, decision);
    if (this.traces.isOn) this.traces.changed(task, event, decision);
    const line = {
      task_id: task.id,
      worker_id: task.attemptWorker,
      attempt: task.attempt,
      trace_id: this.traces.isOn ? traceIdOf(task) : undefined,
      ...decision,
    };
    if (decision.kind === 'start' || decision.kind === 'succeed')
      this.logger.debug(line, `task ${decision.kind}`);
    else this.logger.log(line, `task ${decision.kind}`);
  }

  /** Whether shards may end together with this task, and their traces are kept. */
  tellsOfOthers(task: Task, decision: Decision): boolean {
    return this.traces.isOn && endsShards(task, decision);
  }

  /** Shards that are in flight, and would end with this task. */
  others(task: Task): Promise<readonly Task[]> {
    return this.traces.shardsInFlight(task);
  }

  /** @param shards as they were before */
  endedBesides(shards: readonly Task[]): void {
    void this.traces.abandoned(shards);
  }

  private acknowledged({ dispatchedAtUs }: Task, heldMs: number): void {
    if (dispatchedAtUs === null) return;
    const sinceUs = this.clock.guessUs() - dispatchedAtUs - heldMs * 1_000;
    this.metrics.taskAcknowledgement.observe(Math.max(0, sinceUs) / 1_000_000);
  }

  private attemptEnded(task: Task, event: TaskEvent, decision: Decision): void {
    const { dispatchedAtUs, taskType } = task;
    const end = isInFlight(task) ? endOf(event, decision) : null;
    const outcome = end === null ? null : COUNTED_AS[end];
    if (outcome === null || dispatchedAtUs === null) return;
    this.metrics.attemptEnded(taskType, outcome, (this.clock.guessUs() - dispatchedAtUs) / 1_000_000);
  }
}
