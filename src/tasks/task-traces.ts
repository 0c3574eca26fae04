/** The spans of a task's way: waiting, attempts, what is done for it as a whole. Callers ask `isOn` first. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { AttemptId, WorkerId } from '../core/ids';
import { isInFlight } from '../core/lifecycle/attempt-end';
import type { Decision, TaskEvent } from '../core/lifecycle/decide';
import type { Task } from '../core/model';
import { placeOf, placeOfAttempt, type RunOfTrace } from '../core/trace/run-trace';
import type { SpanAttributes } from '../core/trace/span';
import { abandonedSpan, isSplit, spanOfChange, stepSpan, waitSpan } from '../core/trace/task-spans';
import { type TraceHeaders, traceHeaders } from '../core/trace/trace-context';
import { RedisClock } from '../redis/redis-clock';
import { Tracing } from '../tracing/tracing';
import { TaskStore } from './task.store';

@Injectable()
export class TaskTraces {
  readonly isOn: boolean;
  private readonly context;

  constructor(
    private readonly tracing: Tracing,
    private readonly store: TaskStore,
    private readonly clock: RedisClock,
    config: AppConfig,
  ) {
    this.isOn = tracing.isOn;
    this.context = { isSampled: tracing.isSampled, topic: config.taskTopic };
  }

  /** What the worker of an attempt is told, and sends back with what it sends here. */
  headersOfAttempt(run: RunOfTrace, attemptId: AttemptId): TraceHeaders {
    return traceHeaders(placeOfAttempt(run, attemptId, this.tracing.isSampled));
  }

  /** @param readySinceMs since when it could be placed, by this process' steady clock */
  dispatched(
    task: Task,
    sent: { attemptId: AttemptId; worker: WorkerId; dispatchedAtUs: number; readySinceMs: number },
  ): void {
    const waitedUs = Math.round((performance.now() - sent.readySinceMs) * 1_000);
    const readyAtUs = this.clock.guessUs() - waitedUs;
    this.tracing.send(waitSpan(task, { ...sent, readyAtUs }, this.context));
  }

  /** @param task as it was before */
  changed(task: Task, event: TaskEvent, decision: Decision): void {
    const span = spanOfChange(task, event, decision, this.clock.guessUs(), this.context);
    if (span !== null) this.tracing.send(span);
  }

  /** Shards beside it, or of its own, that hold a worker. */
  async shardsInFlight(task: Task): Promise<readonly Task[]> {
    const parent = isSplit(task) ? task.id : task.parentId;
    if (parent === null) return [];
    const shards = await this.store.readMany(await this.store.shards(parent));
    return shards.filter((shard) => shard.id !== task.id && isInFlight(shard));
  }

  /** Those of them that did not end by themselves in the meantime. */
  async abandoned(shards: readonly Task[]): Promise<void> {
    const endUs = this.clock.guessUs();
    for (const shard of shards) {
      const now = await this.store.read(shard.id).catch(() => null);
      if (now?.status !== 'CANCELLED' || now.attemptId !== shard.attemptId) continue;
      this.tracing.send(abandonedSpan(shard, now.reason ?? '', endUs, this.context));
    }
  }

  /** What is sent with an aggregate, to whoever goes on with the trace. */
  headersOfDelivery(task: Task): TraceHeaders {
    return traceHeaders(placeOf(task, 'deliver', task.id, this.tracing.isSampled));
  }

  /** A step for a task as a whole has ended. */
  stepped(
    what: 'aggregate' | 'deliver',
    task: Task,
    during: { sinceUs: number; error: string | null; attributes?: SpanAttributes },
  ): void {
    const { sinceUs: startUs, ...more } = during;
    const endUs = this.clock.guessUs();
    this.tracing.send(stepSpan(what, task, { startUs, endUs, ...more }, this.context));
  }
}
