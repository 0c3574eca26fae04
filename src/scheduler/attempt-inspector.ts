/**
 * Asks a worker's own hash what became of an attempt whose events did not come: events are a doorbell and can be lost.
 * What it finds it tells the lifecycle as evidence of that attempt.
 */
import { Injectable, Logger } from '@nestjs/common';
import { isStoreUnavailable } from '../core/errors';
import type { TaskId } from '../core/ids';
import type { Evidence } from '../core/lifecycle/evidence';
import type { Task } from '../core/model';
import { Metrics } from '../metrics/metrics';
import { AppConfig } from '../config/app-config';
import { ResultIntake } from '../results/result-intake';
import { ResultStore } from '../results/result.store';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskNotes } from '../tasks/task-notes';
import { type Attempted, TaskStore } from '../tasks/task.store';
import { Grace } from '../workers/grace';
import { WorkerReader } from '../workers/worker-reader';
import { WorkerRegistry } from '../workers/worker-registry';
import { TaskEventListener } from './task-event-listener';
import { WorkerPresence } from '../workers/worker-presence';
import type { WorkerView } from '../workers/worker-view';

type AttemptEvidence = Required<Pick<Evidence, 'attemptId'>>;

type Finding =
  | { kind: 'runs' }
  /** `why`: what its worker's hash says. */
  | { kind: 'ended'; why: string }
  /** `silent`: nothing was heard, which may be our fault. */
  | { kind: 'lost'; cause: 'silent' | 'unregistered'; why: string }
  | { kind: 'no_sign'; why: string };

@Injectable()
export class AttemptInspector {
  private readonly logger = new Logger(AttemptInspector.name);
  /** Attempts that the sweep before found ended or without a worker: their event may just be on its way. */
  private suspected = new Set<string>();

  constructor(
    private readonly store: TaskStore,
    private readonly lifecycle: TaskLifecycle,
    private readonly notes: TaskNotes,
    private readonly results: ResultStore,
    private readonly intake: ResultIntake,
    private readonly workers: WorkerReader,
    private readonly registry: WorkerRegistry,
    private readonly presence: WorkerPresence,
    private readonly grace: Grace,
    private readonly events: TaskEventListener,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  /** Nobody acknowledged the dispatch in time: it was missed, or only its acknowledgement was. */
  async unacknowledged(id: TaskId): Promise<void> {
    const task = await this.store.read(id);
    if (task?.status !== 'DISPATCHED' || task.attemptWorker === null || task.attemptId === null) return;
    const evidence = { attemptId: task.attemptId };
    const finding = await this.look(task);
    // Its last word is here, and only waits for its turn.
    if (finding.kind === 'ended' && this.events.isAt(id)) return;
    if (finding.kind === 'no_sign') {
      const why = `worker ${task.attemptWorker} did not acknowledge it: ${finding.why}`;
      await this.lifecycle.apply(id, { kind: 'undelivered', evidence, why });
    } else {
      await this.conclude(task, evidence, finding);
    }
  }

  /** The net under everything: each attempt in flight once a sweep, after the workers have been read. */
  async sweep(): Promise<void> {
    const before = this.suspected;
    this.suspected = new Set();
    for await (const attempts of this.store.attempted()) {
      const doubtful = attempts.filter((attempt) => !this.isSeenRunning(attempt)).map(({ id }) => id);
      const tasks = await this.store.readMany(doubtful);
      await Promise.all(tasks.map((task) => this.alone(task, () => this.lookAgain(task, before))));
    }
  }

  /** What the sweep has just read of its worker says so, as of nearly every task: there is nothing to find out. */
  private isSeenRunning({ id, status, worker }: Attempted): boolean {
    const view = this.registry.get(worker);
    return view !== null && !view.lease.stale && status === 'RUNNING' && isRunning(id, view);
  }

  private async lookAgain(task: Task, before: ReadonlySet<string>): Promise<void> {
    if (task.attemptId === null || task.attemptWorker === null) return;
    const finding = await this.look(task);
    if (finding.kind === 'no_sign' || (finding.kind === 'runs' && task.status === 'RUNNING')) return;
    if (finding.kind === 'ended' && this.events.isAt(task.id)) return;
    const isSudden = finding.kind === 'ended' || (finding.kind === 'lost' && finding.cause !== 'silent');
    if (isSudden && !before.has(task.attemptId)) {
      this.suspected.add(task.attemptId);
      return;
    }
    await this.conclude(task, { attemptId: task.attemptId }, finding);
  }

  private async conclude(
    task: Task,
    evidence: AttemptEvidence,
    finding: Exclude<Finding, { kind: 'no_sign' }>,
  ): Promise<void> {
    switch (finding.kind) {
      case 'runs':
        await this.lifecycle.apply(task.id, { kind: 'started', evidence, heldMs: 0 });
        return;
      case 'lost':
        if (finding.cause === 'silent' && !this.grace.isOver()) return;
        await this.lifecycle.apply(task.id, { ...finding, evidence });
        return;
      case 'ended':
        await this.endUnheard(task, evidence, finding.why);
    }
  }

  /** Results that are here and were not taken into account: what a crash, or a Redis that lost writes, left behind. */
  async adopt(): Promise<void> {
    for await (const attempts of this.store.attempted()) {
      const tasks = await this.store.readMany(attempts.map(({ id }) => id));
      await Promise.all(tasks.map((task) => this.alone(task, () => this.intake.adopt(task))));
    }
  }

  /** One task that cannot be looked at, for its files cannot be read say, keeps nobody from the others. */
  private async alone(task: Task, look: () => Promise<unknown>): Promise<void> {
    try {
      await look();
    } catch (error) {
      if (isStoreUnavailable(error)) throw error;
      this.logger.error({ task_id: task.id, err: error }, 'an attempt could not be looked at');
    }
  }

  /** The worker is done with it and its word on the task did not arrive: a stored result says that it succeeded. */
  private async endUnheard(task: Task, evidence: AttemptEvidence, sign: string): Promise<void> {
    if (await this.intake.gather(task)) return;
    const document = await this.store.readDocument(task.id);
    if (await this.results.has(task, document)) {
      await this.intake.settleFiles(await this.lifecycle.succeed(task.id, evidence, null));
      return;
    }
    this.metrics.unknownOutcomes.inc();
    const policy = this.config.unknownOutcome;
    this.logger.warn({ task_id: task.id, worker_id: task.attemptWorker, policy }, 'outcome not heard');
    const why = `outcome not heard: ${sign}, but its word on the task did not arrive, and no result`;
    switch (policy) {
      case 'rerun':
        await this.lifecycle.apply(task.id, { kind: 'lost', evidence, cause: 'unheard', why });
        return;
      case 'done':
        // Said first, so that nobody reads that it is done without why.
        await this.notes.explain(task.id, `${why}; taken as done (UNKNOWN_OUTCOME)`);
        await this.intake.settleFiles(await this.lifecycle.succeed(task.id, evidence, null));
        return;
      case 'fail':
        await this.lifecycle.apply(task.id, { kind: 'doomed', error: why, reason: 'unknown_outcome' });
    }
  }

  private async look(task: Task): Promise<Finding> {
    const worker = task.attemptWorker;
    if (worker === null) return { kind: 'no_sign', why: 'it has no worker' };
    const view = await this.workers.read(worker);
    if (!view.listed)
      return { kind: 'lost', cause: 'unregistered', why: `worker ${worker} is not registered any more` };
    if ((await this.presence.observe(worker))[0] === 'stale') {
      return { kind: 'lost', cause: 'silent', why: `worker ${worker} sends no heartbeat` };
    }
    return find(task, view);
  }
}

const isRunning = (id: TaskId, { report }: WorkerView): boolean =>
  report.status === 'RUNNING' && report.extraTaskId === id;

/** A worker runs one task at a time, and its dispatch wiped what its hash said of earlier ones. */
function find(task: Task, view: WorkerView): Finding {
  if (isRunning(task.id, view)) return { kind: 'runs' };
  const { id, report } = view;
  const { status, extraTaskId, extraLastTask } = report;
  if (status === 'IDLE' && extraLastTask === task.id) {
    return { kind: 'ended', why: `worker ${id} is idle again` };
  }
  // Of a task that it was seen running, it can only be done when it is at the next.
  const other = status === 'RUNNING' ? extraTaskId : status === 'IDLE' ? extraLastTask : null;
  if (task.status === 'RUNNING' && other !== null) {
    return { kind: 'ended', why: `worker ${id} went on to task ${other}` };
  }
  return { kind: 'no_sign', why: `its status is ${status ?? 'unknown'}` };
}
