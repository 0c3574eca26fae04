/** Sends one task to one worker: read, build the message, one script. */
import { Injectable, Logger } from '@nestjs/common';
import type { TaskId } from '../core/ids';
import { crashPoint } from '../core/crash-point';
import type { Task, TaskDocument } from '../core/model';
import { Metrics } from '../metrics/metrics';
import { ResultIntake } from '../results/result-intake';
import { ResultStore } from '../results/result.store';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { ExpectedTasks } from '../tasks/expected-tasks';
import { KnownTasks } from '../tasks/known-tasks';
import { logLost } from '../tasks/log-tasks';
import { TaskStore } from '../tasks/task.store';
import { TaskTraces } from '../tasks/task-traces';
import type { WorkerView } from '../workers/worker-view';
import { AcknowledgementWatch } from './acknowledgement-watch';
import { DeadlineWatch } from './deadline-watch';
import { TaskMessages } from './task-messages';
import { logFault } from '../redis/log-fault';

export type DispatchOutcome =
  | { kind: 'dispatched' }
  /** Nothing is left to place: it ended, or is in other hands. */
  | { kind: 'gone' }
  /** The worker is not free; the task is as it was. */
  | { kind: 'unavailable'; why: string }
  /** Nobody listens to any dispatch; the task is as it was. */
  | { kind: 'unheard'; why: string }
  /** Redis is away, the lease on scheduling is, or the task cannot be read; it is as it was. */
  | { kind: 'postponed' };

@Injectable()
export class Dispatcher {
  private readonly logger = new Logger(Dispatcher.name);

  constructor(
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly expected: ExpectedTasks,
    private readonly lifecycle: TaskLifecycle,
    private readonly messages: TaskMessages,
    private readonly results: ResultStore,
    private readonly intake: ResultIntake,
    private readonly watch: AcknowledgementWatch,
    private readonly deadlines: DeadlineWatch,
    private readonly traces: TaskTraces,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Never throws: what went wrong is in the outcome.
   * @param readySinceMs since when the task could be placed, by this process' steady clock
   */
  async dispatch(id: TaskId, worker: WorkerView, readySinceMs: number): Promise<DispatchOutcome> {
    try {
      const isUnsent = this.known.isUnsent(id);
      const known = this.known.get(id);
      const [task, document] = await Promise.all([known ?? this.store.read(id), this.store.readDocument(id)]);
      if (task === null || document === null) return this.lost(id);
      // A Redis that lost writes may not know of a result that is here.
      if (!isUnsent && (await this.intake.adopt(task))) return { kind: 'gone' };
      const outcome = await this.send(task, document, worker, readySinceMs);
      if (outcome !== 'changed') return outcome;
      this.known.forget(id);
      const fresh = await this.store.read(id);
      if (fresh === null) return this.lost(id);
      const isOutdated = known !== null && fresh.status === 'PENDING';
      const again = isOutdated ? await this.send(fresh, document, worker, readySinceMs) : 'changed';
      return again === 'changed' ? { kind: 'gone' } : again;
    } catch (error) {
      logFault(this.logger, error, 'dispatch put off', { task_id: id });
      return { kind: 'postponed' };
    }
  }

  private lost(id: TaskId): DispatchOutcome {
    if (!this.expected.has(id)) logLost(this.logger, [id]);
    return { kind: 'gone' };
  }

  /** `changed`: the task is not as it was given. */
  private async send(
    task: Task,
    document: TaskDocument,
    worker: WorkerView,
    readySinceMs: number,
  ): Promise<DispatchOutcome | 'changed'> {
    const attemptId = this.lifecycle.newAttemptId();
    const message = await this.messages.build(task, document, { worker: worker.id, attemptId });
    if (!message.ok) {
      await this.lifecycle.apply(task.id, { kind: 'doomed', ...message.error });
      return { kind: 'gone' };
    }
    // Ids are never used twice, so only an earlier attempt can have left a result in shared storage.
    const staleFiles = task.attempt === 0 ? [] : await this.results.fingerprints(task.id, document);
    crashPoint('dispatch.before');
    const { text, inputs } = message.value;
    const answer = await this.lifecycle.dispatch(
      task,
      { id: worker.id, startedAt: worker.startedAtText },
      { attemptId, head: text.head, tail: text.tail, inputs, staleFiles },
    );
    crashPoint('dispatch.after');
    switch (answer[0]) {
      case 'dispatched':
        this.metrics.taskDispatches.inc();
        this.logger.debug(
          { task_id: task.id, worker_id: worker.id, attempt: task.attempt + 1 },
          'dispatched',
        );
        if (this.traces.isOn) {
          const sent = { attemptId, worker: worker.id, dispatchedAtUs: Number(answer[1]), readySinceMs };
          this.traces.dispatched(task, sent);
        }
        this.watch.expect(worker.lease.proven);
        if (task.timeoutSec !== null) this.deadlines.expect(task.timeoutSec);
        return { kind: 'dispatched' };
      case 'task_changed':
        return 'changed';
      // Should the lease come back before another replica had it, nothing is loaded again.
      case 'not_leader':
        return { kind: 'postponed' };
      case 'worker_unavailable':
        return { kind: 'unavailable', why: answer[1] };
      case 'no_receiver':
        this.metrics.dispatchNotTaken('no_receiver');
        return { kind: 'unheard', why: 'no worker listens on the task channel' };
    }
  }
}
