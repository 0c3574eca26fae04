/** What workers say of themselves, to the replica that schedules. Events only wake: what counts is read from the worker's own hash. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { isWorkerId, type TaskId, type WorkerId } from '../core/ids';
import type { LossCause } from '../core/lifecycle/decide';
import { decodeWorkerEvent, type WorkerEventMessage } from '../core/wire/worker-events';
import { Metrics } from '../metrics/metrics';
import { logFault } from '../redis/log-fault';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { Leadership } from '../redis/leadership';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { WorkerPresence, type Orphan } from '../workers/worker-presence';
import { WorkerReader } from '../workers/worker-reader';
import { WorkerRegistry } from '../workers/worker-registry';
import { EventGate } from './event-gate';
import { KeyedQueue } from './keyed-queue';
import { SchedulingLoop } from './scheduling-loop';
import { TaskEventListener } from './task-event-listener';

type StatusMessage = WorkerEventMessage & { type: 'STATUS' };

/** Of a worker that says in no other way that it has begun. */
const isBeginning = (says: StatusMessage): says is StatusMessage & { taskId: TaskId } =>
  says.status === 'RUNNING' && says.taskId !== null && !says.tellsStart;

@Injectable()
export class WorkerEventListener implements OnModuleInit {
  private readonly logger = new Logger(WorkerEventListener.name);
  private readonly queue = new KeyedQueue();
  private readonly handlers: {
    [K in WorkerEventMessage['type']]: (
      id: WorkerId,
      event: WorkerEventMessage & { type: K },
    ) => Promise<void>;
  } = {
    REGISTER: (id) => this.register(id),
    STATUS: (id, event) => this.status(id, event),
    HEARTBEAT: (id) => this.heartbeat(id),
    UNREGISTER: (id) => this.unregister(id),
  };

  constructor(
    private readonly subscriptions: EventSubscriptions,
    private readonly leadership: Leadership,
    private readonly gate: EventGate,
    private readonly workers: WorkerReader,
    private readonly registry: WorkerRegistry,
    private readonly presence: WorkerPresence,
    private readonly lifecycle: TaskLifecycle,
    private readonly loop: SchedulingLoop,
    private readonly taskEvents: TaskEventListener,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  onModuleInit(): void {
    this.subscriptions.on('workerEvents', (message) => this.hear(message));
  }

  /** Everything that workers have said of themselves until now is known; or it takes longer than that. */
  async caughtUp(atMostMs: number): Promise<void> {
    await this.subscriptions.caughtUp(atMostMs);
    await Promise.race([this.queue.idle(), sleep(atMostMs, undefined, { ref: false })]);
  }

  private hear(message: string): Promise<void> | undefined {
    if (!this.leadership.isLeading()) return undefined;
    const event = decodeWorkerEvent(message);
    if (event.kind === 'own') return undefined;
    if (event.kind === 'undecodable') {
      this.metrics.eventUndecodable('workers.events');
      this.logger.debug({ why: event.why }, 'an event on workers.events is not readable');
      return undefined;
    }
    const { workerId } = event;
    if (!isWorkerId(workerId)) return undefined;
    // Most of what workers say needs nothing to be read, and waits for nothing unless something before it does.
    const isNext = this.gate.passable && !this.queue.has(workerId);
    if (isNext && event.type === 'STATUS' && this.isNoted(workerId, event)) return undefined;
    return this.queue.run(
      workerId,
      async () => {
        await this.gate.passed();
        await this.handle(workerId, event);
      },
      (error) => {
        // The sweep reads every worker again.
        logFault(this.logger, error, 'a worker event could not be applied', { worker_id: workerId });
      },
    );
  }

  private handle(id: WorkerId, event: WorkerEventMessage): Promise<void> {
    const handler = this.handlers[event.type] as (id: WorkerId, event: WorkerEventMessage) => Promise<void>;
    return handler(id, event);
  }

  private async register(id: WorkerId): Promise<void> {
    const view = await this.workers.read(id);
    const orphan = await this.presence.registered(view, true);
    this.logger.log({ worker_id: id }, 'worker registered');
    if (orphan !== null) await this.lost(orphan, 'restarted', `worker ${id} started again under the same id`);
    await this.refresh(id);
  }

  private async status(id: WorkerId, says: StatusMessage): Promise<void> {
    if (this.isNoted(id, says)) return;
    const report = (await this.refresh(id))?.report;
    if (!isBeginning(says)) return;
    // A late or doubled event names no attempt: only a worker that still says so has begun this one.
    const { taskId } = says;
    if (report?.status === 'RUNNING' && report.extraTaskId === taskId) {
      void this.taskEvents.started(taskId, { workerId: id });
    }
  }

  /** What it says of itself is all there is to know. */
  private isNoted(id: WorkerId, says: StatusMessage): boolean {
    const { status } = says;
    if (status === null || isBeginning(says) || !this.registry.noteStatus(id, { ...says, status }))
      return false;
    this.loop.wake();
    return true;
  }

  private async heartbeat(id: WorkerId): Promise<void> {
    if ((await this.refresh(id)) === null) {
      await this.presence.remember(this.registry.recall(id));
      if (!(await this.presence.restore(id))) return;
      this.logger.log({ worker_id: id }, 'a worker that was taken off the list is back');
      await this.refresh(id);
    }
    if ((await this.presence.observe(id))[0] === 'returned') await this.refresh(id);
  }

  /** A clean goodbye. A result that is on its way gets a moment before its task goes out again. */
  private async unregister(id: WorkerId): Promise<void> {
    const { lease, listed } = await this.workers.read(id);
    // Who says goodbye has left the list before: this is the word of an earlier process under the same id.
    if (listed) return;
    this.registry.forget(id);
    await this.presence.unregistered(id);
    this.loop.wake();
    this.logger.log({ worker_id: id, task_id: lease.taskId }, 'worker unregistered');
    const { taskId, attemptId } = lease;
    if (taskId === null || attemptId === null) return;
    setTimeout(() => {
      this.lost({ taskId, attemptId }, 'unregistered', `worker ${id} unregistered`).catch(
        (error: unknown) => {
          logFault(this.logger, error, 'a lost task could not be requeued; the sweep does it', {
            task_id: taskId,
          });
        },
      );
    }, this.config.unregisterGraceSec * 1000).unref();
  }

  private async lost(
    { taskId, attemptId }: Pick<Orphan, 'taskId' | 'attemptId'>,
    cause: LossCause,
    why: string,
  ): Promise<void> {
    await this.lifecycle.apply(taskId, { kind: 'lost', evidence: { attemptId }, cause, why });
  }

  private async refresh(id: WorkerId): Promise<ReturnType<WorkerRegistry['get']>> {
    const view = await this.registry.refresh(id);
    this.loop.wake();
    return view;
  }
}
