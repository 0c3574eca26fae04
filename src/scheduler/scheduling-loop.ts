/**
 * The one owner of scheduling state: which tasks can be placed, and which workers are spoken for. A cycle reads as
 * who is free, plan, act. It runs when something changed (a task became ready, a worker free), never on a clock.
 */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { TaskId, WorkerId } from '../core/ids';
import type { Resources } from '../core/model';
import { planPlacement, type Plan, type QueuedTask } from '../core/placement/plan';
import { PlacementMemo } from '../core/placement/unplaceable';
import { Metrics } from '../metrics/metrics';
import { RedisConnections } from '../redis/redis-connections';
import { Scripts } from '../redis/scripts';
import { WorkerRegistry } from '../workers/worker-registry';
import type { WorkerView } from '../workers/worker-view';
import { Dispatcher, type DispatchOutcome } from './dispatcher';
import { FreeFleet } from './free-fleet';
import { type Queued, ReadyQueues } from './ready-queues';
import { TaskSplitter } from './task-splitter';
import { UnplaceableReasons } from './unplaceable-reasons';

/** After a try that Redis or the fleet could not take, the next one waits this long. */
const PAUSE_MS = 500;
const NOBODY_LISTENS = 'workers are free, but none listens on the task channel yet';

@Injectable()
export class SchedulingLoop {
  private readonly logger = new Logger(SchedulingLoop.name);
  private readonly queues = new ReadyQueues();
  private readonly memo = new PlacementMemo();
  private readonly acting = new Set<Promise<void>>();
  /** Tasks that wait out a pause of their own before they are queued again. */
  private readonly putOffTasks = new Map<TaskId, NodeJS.Timeout>();
  private awake = false;
  private running = false;
  private paused = false;
  /** The last dispatch found no subscriber. */
  private unheard = false;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly fleet: FreeFleet,
    private readonly dispatcher: Dispatcher,
    private readonly splitter: TaskSplitter,
    private readonly unplaceable: UnplaceableReasons,
    private readonly connections: RedisConnections,
    private readonly metrics: Metrics,
    private readonly scripts: Scripts,
    private readonly config: AppConfig,
  ) {}

  start(): void {
    this.running = true;
    this.wake();
  }

  /** No new dispatch; ends when those on their way have ended. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.acting);
  }

  get isRunning(): boolean {
    return this.running;
  }

  get queued(): number {
    return this.queues.size + this.putOffTasks.size;
  }

  /** How many tasks wait for each need, and since when the one that has waited longest. */
  waiting(): ReturnType<ReadyQueues['waiting']> {
    return this.queues.waiting();
  }

  /** Everything that waits here. */
  ids(): TaskId[] {
    return [...this.queues.ids(), ...this.putOffTasks.keys()];
  }

  has(id: TaskId): boolean {
    return this.queues.has(id) || this.putOffTasks.has(id);
  }

  enqueue(task: QueuedTask, resources: Resources): void {
    this.queueAgain({ task, resources, sinceMs: performance.now() });
  }

  private queueAgain(queued: Queued): void {
    this.queues.add(queued);
    this.wake();
  }

  drop(id: TaskId): void {
    this.queues.remove(id);
    clearTimeout(this.putOffTasks.get(id));
    this.putOffTasks.delete(id);
  }

  clear(): void {
    this.queues.clear();
    this.metrics.queueDepth.set(0);
    for (const timer of this.putOffTasks.values()) clearTimeout(timer);
    this.putOffTasks.clear();
  }

  /** A cycle follows within this turn, and sends at its end whatever has been asked of Redis by then. */
  get isAwake(): boolean {
    return this.awake;
  }

  /** Something changed. Changes of one turn of the event loop share a cycle. */
  wake(): void {
    if (this.awake || !this.running) return;
    this.awake = true;
    setImmediate(() => {
      this.awake = false;
      this.cycle();
      this.sendSoon();
    });
  }

  private cycle(): void {
    if (!this.running || this.paused || !this.connections.isUp()) return;
    if (this.queues.size === 0) {
      this.unplaceable.show([], null);
      return;
    }
    const end = this.metrics.schedulingCycle.startTimer();
    const free = this.fleet.now();
    const plan = planPlacement(
      { queues: this.queues.heads(Math.max(1, free.size)), free, fleet: this.registry.alive() },
      this.memo,
    );
    this.unplaceable.show(plan.unplaceable, this.unheard && free.size > 0 ? NOBODY_LISTENS : null);
    this.act(plan);
    end();
  }

  /**
   * What a cycle asks for without waiting for anything leaves behind it, with all that was asked for before: by the end of
   * the next turn, whatever comes in meanwhile would have been gone through first.
   */
  private sendSoon(): void {
    // A tick that is asked for within a microtask comes when all of those have run.
    queueMicrotask(() => {
      process.nextTick(() => {
        this.scripts.flush();
      });
    });
  }

  private act(plan: Plan): void {
    for (const { taskId, shards, workers } of plan.splits)
      this.during(taskId, this.split(taskId, shards, workers));
    for (const { taskId, workerId } of plan.assignments) {
      const view = this.registry.get(workerId);
      if (view) this.during(taskId, this.dispatch(taskId, view));
    }
  }

  private async dispatch(id: TaskId, worker: WorkerView): Promise<void> {
    const queued = this.queues.remove(id);
    if (!queued) return;
    this.logger.debug({ task_id: id, worker_id: worker.id }, 'placed');
    this.fleet.holdBack(worker.id);
    const outcome = await this.dispatcher.dispatch(id, worker, queued.sinceMs);
    await this.settle(outcome, queued, worker.id);
  }

  private async settle(outcome: DispatchOutcome, queued: Queued, worker: WorkerId): Promise<void> {
    switch (outcome.kind) {
      case 'dispatched':
        this.unheard = false;
        this.metrics.taskQueueTime.observe((performance.now() - queued.sinceMs) / 1_000);
        this.registry.noteLease(worker, queued.task.id);
        this.release(worker);
        return;
      case 'gone':
        this.release(worker);
        return;
      case 'unavailable': {
        this.logger.debug(
          { task_id: queued.task.id, worker_id: worker, why: outcome.why },
          'worker not free after all',
        );
        this.queues.add(queued);
        const view = await this.registry.refresh(worker).catch(() => null);
        // Should it still look free, our picture of it is wrong in a way that only time or an event mends.
        this.release(worker, view !== null && this.fleet.looksFree(view) ? PAUSE_MS : 0);
        return;
      }
      case 'unheard':
        if (!this.unheard)
          this.logger.warn({ task_id: queued.task.id, channel: this.config.taskTopic }, outcome.why);
        this.unheard = true;
        this.queues.add(queued);
        this.pause();
        this.release(worker);
        return;
      case 'postponed':
        this.putOff(queued);
        this.release(worker);
    }
  }

  /** Nobody says when they begin to listen, so after a while it is tried again. */
  private pause(): void {
    this.paused = true;
    setTimeout(() => {
      this.paused = false;
      this.wake();
    }, PAUSE_MS).unref();
  }

  /** Something is wrong with this task or with Redis: others go on, and this one comes back. */
  private putOff(queued: Queued): void {
    const { id } = queued.task;
    const timer = setTimeout(() => {
      this.putOffTasks.delete(id);
      this.queueAgain(queued);
    }, PAUSE_MS).unref();
    this.putOffTasks.set(id, timer);
  }

  private release(worker: WorkerId, afterMs = 0): void {
    if (afterMs > 0) {
      setTimeout(() => {
        this.release(worker);
      }, afterMs).unref();
      return;
    }
    this.fleet.release(worker);
    this.wake();
  }

  /** The workers are kept for the shards until those stand in the queue. */
  private async split(id: TaskId, shards: number, workers: readonly WorkerId[]): Promise<void> {
    const queued = this.queues.remove(id);
    if (!queued) return;
    for (const worker of workers) this.fleet.holdBack(worker);
    const outcome = await this.splitter.split(id, shards);
    if (outcome === 'refused') this.queueAgain({ ...queued, task: { ...queued.task, shardable: null } });
    if (outcome === 'postponed') this.putOff(queued);
    for (const worker of workers) this.release(worker);
  }

  private during(id: TaskId, work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => {
        this.logger.error({ task_id: id, err: error }, 'an action of the scheduling loop failed');
      })
      .finally(() => this.acting.delete(tracked));
    this.acting.add(tracked);
  }
}
