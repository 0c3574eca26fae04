/**
 * The way of every result, whoever made it: staged on disk, then taken by the task, then settled. The task names the one
 * that it took, so that whatever is lost on the way, the question can be asked again.
 */
import { Injectable, Logger } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { Spool } from '../artifacts/spool';
import { TaskMutex } from '../artifacts/task-mutex';
import { crashPoint } from '../core/crash-point';
import { ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import { standingOf, type Evidence } from '../core/lifecycle/evidence';
import { isTerminal, type Envelope, type Task, type DeletionCause } from '../core/model';
import { deletedProblem } from '../core/retention';
import { Metrics } from '../metrics/metrics';
import { type Judgement, TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskStore } from '../tasks/task.store';
import { spoolEnvelope, type ReceivedResult } from './receive-result';
import type { Grave } from './grave';
import { ResultDeletion } from './result-deletion';
import { type Ground, ResultFiles } from './result-files';
import type { ResultRecord } from './result-record';
import { ResultStore } from './result.store';
import { Settler } from './settler';
import type { StagedResult } from './staged-results';

/** Emitted when a task has its result. */
export const RESULT_STORED = 'result.stored';
export interface ResultStoredEvent {
  taskId: TaskId;
  /** Something else of the task may lie beside it. */
  hasFiles: boolean;
}

export type Verdict =
  | { kind: 'created' }
  /** The task has these very bytes already. */
  | { kind: 'same' }
  | { kind: 'refused'; problem: ProblemError };

const CREATED: Verdict = { kind: 'created' };
const SAME: Verdict = { kind: 'same' };

@Injectable()
export class ResultCommitter {
  private readonly logger = new Logger(ResultCommitter.name);
  /** Of a task, results and those who ask for one wait for each other; everybody else only for what is short. */
  private readonly inTurn = new TaskMutex();

  constructor(
    private readonly tasks: TaskStore,
    private readonly lifecycle: TaskLifecycle,
    private readonly files: ResultFiles,
    private readonly results: ResultStore,
    private readonly settler: Settler,
    private readonly deletion: ResultDeletion,
    private readonly spool: Spool,
    private readonly mutex: TaskMutex,
    private readonly events: EventEmitter2,
    private readonly metrics: Metrics,
  ) {}

  /**
   * Unless the verdict is `created`, the file is the caller's to discard. It is also when this throws, but for the one
   * case in which the task may have taken the result and only its answer was lost: then it stays staged, to be asked
   * for again.
   */
  async commit(
    received: ReceivedResult,
    evidence: Evidence,
    by: 'result' | 'aggregate' = 'result',
  ): Promise<Verdict> {
    const { taskId } = received;
    let hasFiles = false;
    const verdict = await this.inTurn.run(taskId, async () => {
      const ahead = await this.stageAhead(received, evidence);
      return await this.mutex.run(taskId, async () => {
        const judgement = await this.lifecycle.judgeResult(taskId, evidence);
        const ground = await (judgement.kind === 'accept'
          ? this.files.prepare(taskId)
          : this.files.survey(taskId));
        if (ground.grave !== null && (await this.hasGone(taskId, ground.grave)))
          return deleted(taskId, ground.grave.atUs, ground.grave.cause);
        hasFiles = ground.hasFiles;
        return ground.record === null
          ? await this.offer(received, evidence, by, judgement, ground, ahead)
          : await this.compare(received, ground.record);
      });
    });
    if (verdict.kind === 'created') this.tell(taskId, hasFiles);
    else received.file.reclaim();
    return verdict;
  }

  /** null: it is staged when the task is held for it, if it is. */
  private async stageAhead(received: ReceivedResult, evidence: Evidence): Promise<StagedResult | null> {
    const { taskId, file } = received;
    const staged = await this.files.stageAhead(taskId, file, async () => {
      const task = takerIn(await this.lifecycle.judgeResult(taskId, evidence));
      return task === null ? null : stagedFor(task, received, evidence);
    });
    // Others may take it from here on: only a verdict says whether it can go.
    if (staged !== null) file.release();
    return staged;
  }

  /** An envelope of our own making. */
  async store(envelope: Envelope, evidence: Evidence, by: 'result' | 'aggregate'): Promise<Verdict> {
    return await this.take(await spoolEnvelope(envelope, this.spool), evidence, by);
  }

  /** The same for one that is in the spool. Nothing of it is left there. */
  async take(received: ReceivedResult, evidence: Evidence, by: 'result' | 'aggregate'): Promise<Verdict> {
    try {
      return await this.commit(received, evidence, by);
    } finally {
      await this.discard(received);
    }
  }

  /** Removes what the task did not take; of what it took, nothing. */
  async discard({ file }: ReceivedResult): Promise<void> {
    await file.discard();
  }

  /**
   * Completes the task by what a crash left: a result that it had taken before Redis lost that, or one of its latest
   * attempt that is staged. Whether it is DONE now.
   */
  async adopt({ id, attemptId }: Task): Promise<boolean> {
    return await this.inTurn.run(id, () => this.mutex.run(id, () => this.adoptHeld(id, attemptId)));
  }

  private async adoptHeld(id: TaskId, attemptId: AttemptId | null): Promise<boolean> {
    const { record, grave } = await this.files.survey(id);
    if (record !== null) return await this.restore(id, record);
    if (grave !== null) return await this.hasGone(id, grave);
    if (attemptId === null) return false;
    const staged = await this.leftHalfWay(id, attemptId);
    if (staged === null) return false;
    this.logger.log({ task_id: id, attempt_id: attemptId }, 'a result that was left half way is taken');
    await this.lifecycle.resultStored(id, { attemptId }, { ...staged, workerId: null });
    return await this.conclude(id);
  }

  /** A process may have died over one before all its bytes were there. */
  private async leftHalfWay(id: TaskId, attemptId: AttemptId): Promise<StagedResult | null> {
    for (const staged of await this.files.staged(id)) {
      if (staged.attemptId === attemptId && (await this.files.isWhole(id, staged))) return staged;
    }
    return null;
  }

  /** There is a committed result: what was lost, if anything, is the state. */
  private async compare(received: ReceivedResult, record: ResultRecord): Promise<Verdict> {
    const { taskId, resultId, sha256 } = received;
    const task = await this.tasks.read(taskId);
    if (task === null) return unknown(taskId);
    if (task.deletedBecause !== null) return deleted(taskId, task.deletedAtUs, task.deletedBecause);
    await this.restore(taskId, record);
    if (record.sha256 !== sha256) return refused(taskId, 'it is done and has another result');
    return record.resultId === resultId ? CREATED : SAME;
  }

  private async offer(
    received: ReceivedResult,
    evidence: Evidence,
    by: 'result' | 'aggregate',
    judgement: Judgement,
    ground: Ground,
    ahead: StagedResult | null,
  ): Promise<Verdict> {
    const { taskId, resultId, sha256, sizeBytes, workerId, file } = received;
    if (judgement.kind === 'unknown') return unknown(taskId);
    const { deletedAtUs, deletedBecause } = judgement.task;
    if (deletedBecause !== null) return deleted(taskId, deletedAtUs, deletedBecause);
    if (judgement.kind === 'refused') return refused(taskId, judgement.why);
    if (judgement.task.resultId === resultId) {
      file.release();
      await this.settler.settleHeld(judgement.task);
      return CREATED;
    }
    if (judgement.kind === 'finished' && judgement.task.resultSha256 !== null) {
      return judgement.task.resultSha256 === sha256
        ? SAME
        : refused(taskId, 'it is done and has another result');
    }
    const staged = ahead ?? stagedFor(judgement.task, received, evidence);
    if (ahead === null) await this.files.stage(taskId, file, staged, ground);
    crashPoint(`${by}.staged`);
    file.release();
    const answer = await this.lifecycle.resultStored(taskId, evidence, { workerId, ...staged });
    if (answer.kind === 'committed') {
      this.metrics.resultBytesReceived.inc(sizeBytes);
      if (received.envelope !== null) this.results.remember(taskId, received.envelope);
      crashPoint(`${by}.committed`);
      await this.settle(answer.task, staged, ground);
      return CREATED;
    }
    const task = await this.tasks.read(taskId);
    if (task?.resultId === resultId) {
      // The answer that said so was lost, and the question asked again.
      await this.settle(task, staged, ground);
      return CREATED;
    }
    return answer.kind === 'duplicate' ? SAME : refused(taskId, 'it has ended or moved on meanwhile');
  }

  /**
   * The result is taken, whatever becomes of the rest: who reads it, or starts next, settles what is left. Redis is not
   * asked again, since it may lose right now what it has just said; what lies in its place is found all the same.
   * @param task as it was when it took the result
   */
  private async settle(task: Task, staged: StagedResult, ground: Ground): Promise<void> {
    const { resultId, sha256: resultSha256 } = staged;
    const done: Task = { ...task, status: 'DONE', resultId, resultSha256 };
    // Files of the same attempt are in their place before anybody hears of its end.
    if (ground.hasFiles) await this.settler.settleNow(done, staged);
    else await this.settler.settleSoon(done, staged, ground.isNew);
  }

  /** Redis may have lost that the task is DONE, or that it has a result. */
  private async restore(id: TaskId, record: ResultRecord): Promise<boolean> {
    const task = await this.tasks.read(id);
    if (task === null) return false;
    if (!isTerminal(task.status) || (task.status === 'DONE' && task.resultSha256 === null)) {
      this.logger.warn({ task_id: id, status: task.status }, 'a task that had its result is DONE again');
      const evidence =
        record.attemptId !== null && record.attemptId === task.attemptId
          ? { attemptId: record.attemptId }
          : {};
      await this.lifecycle.resultStored(id, evidence, { ...record, workerId: null });
    }
    return await this.conclude(id);
  }

  /** Redis may have lost that the task is DONE and that its result was deleted. Whether that is how it is (again). */
  private async hasGone(id: TaskId, grave: Grave): Promise<boolean> {
    const task = await this.tasks.read(id);
    if (task?.deletedAtUs !== null) return true;
    const { resultId, sha256, attemptId } = grave;
    const evidence = attemptId !== null && attemptId === task.attemptId ? { attemptId } : {};
    const result =
      resultId === null || sha256 === null ? null : { resultId, sha256, sizeBytes: 0, workerId: null };
    const hasEnded = await this.deletion.hasEnded(id, grave.cause, () =>
      this.lifecycle.succeed(id, evidence, result),
    );
    if (!hasEnded) await this.files.unbury(id, grave);
    return hasEnded;
  }

  private async conclude(id: TaskId): Promise<boolean> {
    const task = await this.tasks.read(id);
    if (task?.status !== 'DONE') return false;
    await this.settler.settleHeld(task);
    this.tell(id, true);
    return true;
  }

  private tell(taskId: TaskId, hasFiles: boolean): void {
    this.events.emit(RESULT_STORED, { taskId, hasFiles } satisfies ResultStoredEvent);
  }
}

/** The task, where it may take a result still: it is open, or DONE without one. */
function takerIn(judgement: Judgement): Task | null {
  if (judgement.kind === 'unknown' || judgement.kind === 'refused') return null;
  const { deletedBecause, resultSha256 } = judgement.task;
  return deletedBecause === null && resultSha256 === null ? judgement.task : null;
}

/** What its name says while it is staged. */
function stagedFor(
  task: Task,
  { resultId, sha256, sizeBytes }: ReceivedResult,
  evidence: Evidence,
): StagedResult {
  const isCurrent = standingOf(task, evidence) === 'current';
  return { resultId, sha256, sizeBytes, attemptId: isCurrent ? task.attemptId : null };
}

const unknown = (id: TaskId): Verdict => ({
  kind: 'refused',
  problem: new ProblemError('not-found', `There is no task ${id}.`),
});

const deleted = (id: TaskId, atUs: number | null, cause: DeletionCause): Verdict => ({
  kind: 'refused',
  problem: deletedProblem(id, atUs, cause),
});

const refused = (id: TaskId, why: string): Verdict => ({
  kind: 'refused',
  problem: new ProblemError('conflict', `The result for task ${id} was refused: ${why}.`),
});
