/**
 * The way of a task from "its dependencies are done" into the queues: its inputs must be there, and how far it can be
 * spread must be known. A task without either goes straight in.
 */
import { Injectable, Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import type { TaskId } from '../core/ids';
import type { ReadyTask, Task, TaskDocument } from '../core/model';
import type { QueuedTask } from '../core/placement/plan';
import { RESULT_STORED } from '../results/result-committer';
import { ResultIntake } from '../results/result-intake';
import { TASKS_EXPECTED, TASKS_WITHDRAWN } from '../tasks/expected-tasks';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskNotes } from '../tasks/task-notes';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskStore } from '../tasks/task.store';
import { WorkerRegistry } from '../workers/worker-registry';
import type { WorkerView } from '../workers/worker-view';
import { SchedulingLoop } from './scheduling-loop';
import { notCome } from './doom';
import { TaskInputs } from './task-inputs';
import { TaskSplitter } from './task-splitter';
import { WorkerEventListener } from './worker-event-listener';
import { logFault } from '../redis/log-fault';

/** Shared storage tells nobody that a file has come: while a task waits for one, it is looked for this often. */
const LOOK_EVERY_MS = 100;
/** Longer than a worker takes from its last word on a task to IDLE; who takes longer is counted as busy. */
const UPSTREAM_REST_MS = 500;
const REST_LOOK_MS = 5;

@Injectable()
export class Admission {
  private readonly logger = new Logger(Admission.name);
  private readonly admitting = new Set<TaskId>();
  private readonly waiting = new Set<() => void>();

  constructor(
    private readonly loop: SchedulingLoop,
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly lifecycle: TaskLifecycle,
    private readonly notes: TaskNotes,
    private readonly inputs: TaskInputs,
    private readonly intake: ResultIntake,
    private readonly splitter: TaskSplitter,
    private readonly registry: WorkerRegistry,
    private readonly workers: WorkerEventListener,
    private readonly config: AppConfig,
  ) {}

  get size(): number {
    return this.admitting.size;
  }

  has(id: TaskId): boolean {
    return this.admitting.has(id);
  }

  admit(ready: ReadyTask): void {
    if (this.loop.has(ready.id) || this.admitting.has(ready.id)) return;
    if (!ready.usesResults && !ready.isParallel) {
      this.loop.enqueue(queued(ready, null), ready.resources);
      return;
    }
    this.admitting.add(ready.id);
    void this.prepare(ready)
      .catch((error: unknown) => {
        // The task is still placeable in Redis; the sweep brings it here again.
        logFault(this.logger, error, 'a task could not be prepared', { task_id: ready.id });
      })
      .finally(() => this.admitting.delete(ready.id));
  }

  /** Of a document that is being written: they are there before their dispatch is. */
  @OnEvent(TASKS_EXPECTED)
  onExpected(tasks: readonly ReadyTask[]): void {
    for (const task of tasks) this.admit(task);
  }

  /** They ended, went another way, or were never there. */
  @OnEvent(TASKS_WITHDRAWN)
  drop(ids: readonly TaskId[]): void {
    for (const id of ids) {
      this.admitting.delete(id);
      this.loop.drop(id);
    }
  }

  /** This replica schedules no more, or starts anew. */
  clear(): void {
    this.admitting.clear();
  }

  @OnEvent(RESULT_STORED)
  onResultStored(): void {
    for (const look of this.waiting) look();
  }

  private async prepare(ready: ReadyTask): Promise<void> {
    const [task, document] = await Promise.all([
      this.known.get(ready.id) ?? this.store.read(ready.id),
      this.store.readDocument(ready.id),
    ]);
    if (task?.status !== 'PENDING' || document === null) return;
    if (task.uses.length + task.usesFiles.length > 0 && !(await this.inputsCome(task))) return;
    if (task.parallel) await this.fleetSettles(task);
    const shardable = task.parallel ? await this.shardable(task, document) : null;
    if (shardable === 'doomed') return;
    if (this.admitting.has(ready.id)) this.loop.enqueue(queued(ready, shardable), ready.resources);
  }

  /** Waits up to RESULT_WAIT_SEC for the results and files that the document uses, and fails the task when they do not come. */
  private async inputsCome(task: Task): Promise<boolean> {
    const deadline = performance.now() + this.config.resultWaitSec * 1000;
    for (;;) {
      const isLast = performance.now() >= deadline;
      // One may have come to a replica that had no Redis.
      if (isLast) await this.intake.drain();
      const missing = await this.inputs.missing(task);
      if (missing === null) return true;
      if (!this.admitting.has(task.id)) return false;
      if (isLast) {
        const doom = notCome(missing, this.config.resultWaitSec);
        await this.lifecycle.apply(task.id, { kind: 'doomed', ...doom });
        return false;
      }
      await this.nextLook();
    }
  }

  private nextLook(): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        clearTimeout(timer);
        this.waiting.delete(look);
        resolve();
      };
      const timer = setTimeout(look, LOOK_EVERY_MS);
      this.waiting.add(look);
    });
  }

  /**
   * How far a task is spread depends on who is idle: what workers have said until now counts. And a worker says IDLE just
   * after the result that made this task ready: those who ran its dependencies get that moment.
   */
  private async fleetSettles(task: Task): Promise<void> {
    await this.workers.caughtUp(UPSTREAM_REST_MS);
    const upstream = await Promise.all(
      task.dependsOn.map(async ({ taskId }) => this.known.doneOne(taskId) ?? (await this.store.read(taskId))),
    );
    const isBusy = (ended: Task | null): boolean => {
      const worker = ended?.attemptWorker ?? null;
      const view = worker === null ? null : this.registry.get(worker);
      return ended !== null && view !== null && isAt(view, ended.id);
    };
    const deadline = performance.now() + UPSTREAM_REST_MS;
    while (upstream.some(isBusy) && performance.now() < deadline) await sleep(REST_LOOK_MS);
  }

  private async shardable(task: Task, document: TaskDocument): Promise<QueuedTask['shardable'] | 'doomed'> {
    const plan = await this.splitter.plan(task, document);
    if (!plan.ok) {
      await this.lifecycle.apply(task.id, { kind: 'doomed', ...plan.error });
      return 'doomed';
    }
    if (!plan.value.ok) {
      await this.notes.explain(task.id, plan.value.error);
      return null;
    }
    return { maxShards: plan.value.value.maxShards, minShards: task.replicas };
  }
}

/** The worker has the task still, or has ended it and not said that it is idle. */
const isAt = ({ lease, report }: WorkerView, id: TaskId): boolean =>
  lease.taskId === id ||
  (lease.endedHeard && lease.endedTask === id && report.extraTaskId === id && report.status !== 'IDLE');

function queued(ready: ReadyTask, shardable: QueuedTask['shardable']): QueuedTask {
  return { id: ready.id, score: ready.score, avoid: ready.lastFailedWorker, shardable };
}
