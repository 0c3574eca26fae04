/** What workers say of tasks, applied in order for each task. */
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { isTaskId, type TaskId } from '../core/ids';
import type { Evidence } from '../core/lifecycle/evidence';
import { formatTime } from '../core/lifecycle/time';
import { decodeTaskEvent, type TaskEventMessage } from '../core/wire/task-events';
import { Metrics, type StaleEvidenceKind } from '../metrics/metrics';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { RedisClock } from '../redis/redis-clock';
import { ResultStore } from '../results/result.store';
import { TaskLifecycle, type Outcome } from '../tasks/task-lifecycle';
import { TaskStore } from '../tasks/task.store';
import { KeyedQueue } from './keyed-queue';

/** How evidence is counted that changed nothing; null for what is usual, such as success after its result. */
function uncounted(outcome: Outcome): StaleEvidenceKind | null {
  switch (outcome.kind) {
    case 'applied':
      return null;
    case 'ignored':
      return outcome.task.status === 'FAILED' || outcome.task.status === 'CANCELLED' ? 'ended' : null;
    case 'stale':
      return 'attempt';
    case 'unknown':
      return 'unknown_task';
  }
}

@Injectable()
export class TaskEventListener implements OnModuleInit {
  private readonly logger = new Logger(TaskEventListener.name);
  private readonly queue = new KeyedQueue();
  private readonly handlers: {
    [K in TaskEventMessage['type']]: (
      id: TaskId,
      evidence: Evidence,
      event: TaskEventMessage & { type: K },
    ) => Promise<Outcome>;
  } = {
    TASK_STARTED: (id, evidence) => this.lifecycle.apply(id, { kind: 'started', evidence }),
    TASK_SUCCEEDED: (id, evidence, event) => this.succeeded(id, evidence, event),
    TASK_FAILED: (id, evidence, event) =>
      this.lifecycle.apply(id, {
        kind: 'failed',
        evidence,
        error: event.error ?? 'the worker gave no reason',
        random: Math.random(),
      }),
  };

  constructor(
    private readonly subscriptions: EventSubscriptions,
    private readonly lifecycle: TaskLifecycle,
    private readonly results: ResultStore,
    private readonly store: TaskStore,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.subscriptions.on('taskEvents', (message) => {
      this.hear(message);
    });
  }

  /** Evidence from elsewhere than the channel, such as a worker's STATUS. */
  started(id: TaskId, evidence: Evidence): void {
    this.inOrder(id, () => this.lifecycle.apply(id, { kind: 'started', evidence }));
  }

  idle(): Promise<void> {
    return this.queue.idle();
  }

  private hear(message: string): void {
    const event = decodeTaskEvent(message);
    if (event.kind === 'own') return;
    if (event.kind === 'undecodable') {
      this.metrics.eventUndecodable('tasks.events');
      this.logger.debug({ why: event.why }, 'an event on tasks.events is not readable');
      return;
    }
    const { taskId } = event;
    if (!isTaskId(taskId)) return;
    const evidence: Evidence = {
      ...(event.dispatchedAt === null ? {} : { dispatchedAt: event.dispatchedAt }),
      ...(event.workerId === null ? {} : { workerId: event.workerId }),
    };
    this.inOrder(taskId, () => this.handle(taskId, evidence, event));
  }

  private handle(id: TaskId, evidence: Evidence, event: TaskEventMessage): Promise<Outcome> {
    const handler = this.handlers[event.type] as (
      id: TaskId,
      evidence: Evidence,
      event: TaskEventMessage,
    ) => Promise<Outcome>;
    return handler(id, evidence, event);
  }

  private inOrder(id: TaskId, work: () => Promise<Outcome>): void {
    this.queue.run(
      id,
      async () => {
        const outcome = await work();
        const kind = uncounted(outcome);
        if (kind !== null) this.metrics.evidenceStale(kind);
        if (outcome.kind === 'stale' || outcome.kind === 'ignored') {
          this.logger.debug({ task_id: id, why: outcome.why }, 'event ignored');
        }
      },
      (error) => {
        // What it said is found again: by the sweep, from the worker's hash and the stored results.
        this.logger.warn({ task_id: id, err: error }, 'an event could not be applied');
      },
    );
  }

  /** A result that comes with the event is stored if there is none. */
  private async succeeded(id: TaskId, evidence: Evidence, event: TaskEventMessage): Promise<Outcome> {
    const carried = event.type === 'TASK_SUCCEEDED' ? event.result : null;
    if (carried === null) return this.lifecycle.succeed(id, evidence, null);
    const judgement = await this.lifecycle.judgeResult(id, evidence);
    if (judgement.kind !== 'accept') return this.lifecycle.succeed(id, evidence, null);
    const { staleFiles } = judgement.task;
    if (await this.results.has(id, await this.store.readDocument(id), staleFiles)) {
      return this.lifecycle.succeed(id, evidence, null);
    }
    const stored = await this.results.write({
      task_id: id,
      worker_id: event.workerId,
      metadata: null,
      received_at: formatTime(await this.clock.nowUs()),
      result: carried,
    });
    return this.lifecycle.succeed(id, evidence, { ...stored, workerId: event.workerId });
  }
}
