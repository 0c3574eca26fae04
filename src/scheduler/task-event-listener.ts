/** What workers say of tasks, applied in order for each task. */
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { isStoreUnavailable } from '../core/errors';
import { isTaskId, type TaskId } from '../core/ids';
import { crashPoint } from '../core/crash-point';
import { evidenceOf, standingOf, type Evidence } from '../core/lifecycle/evidence';
import { formatTime } from '../core/lifecycle/time';
import { decodeTaskEvent, type TaskEventMessage } from '../core/wire/task-events';
import { Metrics, type StaleEvidenceKind } from '../metrics/metrics';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { RedisClock } from '../redis/redis-clock';
import { ResultCommitter } from '../results/result-committer';
import { ResultDeletion } from '../results/result-deletion';
import { ResultIntake } from '../results/result-intake';
import { ResultStore } from '../results/result.store';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskLifecycle, type Outcome } from '../tasks/task-lifecycle';
import { TaskStore } from '../tasks/task.store';
import { EventGate } from './event-gate';
import { KeyedQueue } from './keyed-queue';

type Ending = Extract<TaskEventMessage, { type: 'TASK_SUCCEEDED' | 'TASK_FAILED' }>;

/**
 * What a short task's worker says at its end says its beginning too, and follows within this, as does a result that it
 * posts. A beginning that waits is one change of the task less, of two.
 */
const HELD_MS = 25;

/** A worker's word that it has begun, heard a moment ago. */
interface Beginning {
  evidence: Evidence;
  /** The end of the same attempt was heard as well. */
  isOver: boolean;
}

/** Beginnings of a task have an order of their own: nothing that is heard after one waits for it. */
const beginningOf = (id: TaskId): string => `${id} begins`;

const isSame = (left: Evidence, right: Evidence): boolean =>
  left.dispatchedAt === right.dispatchedAt && left.workerId === right.workerId;

const RESULT_DELETED = '"TASK_RESULT_DELETED"';

/** Until an event is tried again that the store could not take, being out of memory for instance. */
const AGAIN_MS = 1_000;

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
  private readonly beginnings = new Map<TaskId, Beginning>();
  private readonly handlers: {
    [K in Ending['type']]: (id: TaskId, evidence: Evidence, event: Ending & { type: K }) => Promise<Outcome>;
  } = {
    TASK_SUCCEEDED: (id, evidence, event) => this.succeeded(id, evidence, event),
    TASK_FAILED: (id, evidence, event) => this.failed(id, evidence, event.error),
  };

  constructor(
    private readonly subscriptions: EventSubscriptions,
    private readonly lifecycle: TaskLifecycle,
    private readonly gate: EventGate,
    private readonly intake: ResultIntake,
    private readonly results: ResultStore,
    private readonly deletion: ResultDeletion,
    private readonly committer: ResultCommitter,
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.subscriptions.on('taskEvents', (message) => this.hear(message));
  }

  /**
   * The worker has begun: applied unless the end of this attempt comes at once. What is heard later need not wait for it,
   * since scripts run in the order of their sending.
   */
  started(id: TaskId, evidence: Evidence): Promise<void> {
    const beginning = { evidence, isOver: false };
    this.beginnings.set(id, beginning);
    return new Promise((resolve) => {
      setTimeout(() => {
        if (this.beginnings.get(id) === beginning) this.beginnings.delete(id);
        // A result that was posted ends it too.
        const isOver = beginning.isOver || this.known.doneOne(id) !== null;
        resolve(isOver ? undefined : this.begin(id, evidence));
      }, HELD_MS);
    });
  }

  /** Something that was heard of this task is not applied yet. */
  isAt(id: TaskId): boolean {
    return this.beginnings.has(id) || this.queue.has(id) || this.queue.has(beginningOf(id));
  }

  private hear(message: string): Promise<void> | undefined {
    const event = decodeTaskEvent(message);
    if (event.kind === 'own') {
      this.heed(message);
      return undefined;
    }
    if (event.kind === 'undecodable') {
      this.metrics.eventUndecodable('tasks.events');
      this.logger.debug({ why: event.why }, 'an event on tasks.events is not readable');
      return undefined;
    }
    const { taskId, dispatchedAt, workerId } = event;
    if (!isTaskId(taskId)) return undefined;
    const evidence = evidenceOf({ attemptId: null, dispatchedAt, workerId });
    if (event.type === 'TASK_STARTED') return this.started(taskId, evidence);
    const beginning = this.beginnings.get(taskId);
    if (beginning !== undefined) beginning.isOver = isSame(beginning.evidence, evidence);
    return this.inOrder(taskId, taskId, () => this.handle(taskId, evidence, event));
  }

  /** Of our own words, one is about what every replica may have in memory. */
  private heed(message: string): void {
    if (!message.includes(RESULT_DELETED)) return;
    const { task_id: id } = JSON.parse(message) as { task_id: TaskId };
    this.deletion.forget(id);
  }

  private begin(id: TaskId, evidence: Evidence): Promise<void> {
    return this.inOrder(beginningOf(id), id, () =>
      this.lifecycle.apply(id, { kind: 'started', evidence, heldMs: HELD_MS }),
    );
  }

  private handle(id: TaskId, evidence: Evidence, event: Ending): Promise<Outcome> {
    const handler = this.handlers[event.type] as (
      id: TaskId,
      evidence: Evidence,
      event: Ending,
    ) => Promise<Outcome>;
    return handler(id, evidence, event);
  }

  private inOrder(key: string, id: TaskId, work: () => Promise<Outcome>): Promise<void> {
    return this.queue.run(
      key,
      async () => {
        crashPoint('event.before_apply');
        const outcome = await this.insist(work);
        crashPoint('event.after_apply');
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

  /** What was heard is not forgotten because the store cannot take it now: the worker says it once. */
  private async insist(work: () => Promise<Outcome>): Promise<Outcome> {
    for (;;) {
      await this.gate.passed();
      try {
        return await work();
      } catch (error) {
        if (!isStoreUnavailable(error)) throw error;
        await sleep(AGAIN_MS, null, { ref: false });
      }
    }
  }

  /**
   * A worker whose post was cut off, or waited for too long, says that its task failed although its result may be here
   * or on its way in.
   */
  private async failed(id: TaskId, evidence: Evidence, error: string | null): Promise<Outcome> {
    const task = await this.store.read(id);
    if (task !== null && standingOf(task, evidence) === 'current') {
      await this.intake.gather(task);
    }
    return this.lifecycle.apply(id, {
      kind: 'failed',
      evidence,
      error: error ?? 'the worker gave no reason',
      random: Math.random(),
    });
  }

  private async succeeded(id: TaskId, evidence: Evidence, event: TaskEventMessage): Promise<Outcome> {
    await this.storeCarried(id, evidence, event);
    this.readAhead(id, evidence);
    const outcome = await this.lifecycle.succeed(id, evidence, null);
    // Without a result of ours nobody else puts its uploads in place.
    await this.intake.settleFiles(outcome);
    return outcome;
  }

  /** Whoever waits for the task is given its result next: it is read while the task's end is written down. */
  private readAhead(id: TaskId, evidence: Evidence): void {
    const task = this.known.get(id);
    if (task === null || !this.known.isAwaited(id) || standingOf(task, evidence) !== 'current') return;
    this.results.readAhead(task, this.known.documentOf(id));
  }

  /** A result that comes with the event is stored if there is none. */
  private async storeCarried(id: TaskId, evidence: Evidence, event: TaskEventMessage): Promise<void> {
    if (event.result === null) return;
    const judgement = await this.lifecycle.judgeResult(id, evidence);
    if (judgement.kind !== 'accept') return;
    if (await this.results.has(judgement.task, await this.store.readDocument(id))) return;
    const envelope = {
      task_id: id,
      worker_id: event.workerId,
      metadata: null,
      received_at: formatTime(await this.clock.nowUs()),
      result: event.result,
    };
    await this.committer.store(envelope, evidence, 'result');
  }
}
