/** One posted result, start to end: stage, judge, put in place, commit. Bytes are on disk before the state changes. */
import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import type { IncomingMessage } from 'node:http';
import { attemptOf } from '../artifacts/attempt-header';
import { Spool } from '../artifacts/spool';
import { TaskMutex } from '../artifacts/task-mutex';
import { AppConfig } from '../config/app-config';
import { ProblemError, type ProblemSlug } from '../core/errors';
import type { TaskId } from '../core/ids';
import type { Evidence } from '../core/lifecycle/evidence';
import { contentTypeOf, requirePlainUtf8 } from '../http/read-body';
import { Metrics, type ResultOutcome } from '../metrics/metrics';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { ResultStore } from './result.store';
import { receiveResult, type StagedResult } from './staged-result';

/** Emitted when a task has its result. */
export const RESULT_STORED = 'result.stored';
export interface ResultStoredEvent {
  taskId: TaskId;
}

const OUTCOME_OF: Partial<Record<ProblemSlug, ResultOutcome>> = {
  conflict: 'refused',
  'not-found': 'unknown_task',
};

@Injectable()
export class IngestResult {
  constructor(
    private readonly config: AppConfig,
    private readonly lifecycle: TaskLifecycle,
    private readonly results: ResultStore,
    private readonly spool: Spool,
    private readonly mutex: TaskMutex,
    private readonly events: EventEmitter2,
    private readonly metrics: Metrics,
  ) {}

  /** `created` is false for the same bytes again. 400 body, 404 unknown task, 409 not this attempt's, 413, 507. */
  async run(request: IncomingMessage): Promise<{ created: boolean; taskId: TaskId }> {
    const attempt = attemptOf(request);
    requireBody(request);
    const announced = request.headers['content-length'];
    const staged = await receiveResult(request, this.spool, this.config.resultMaxBytes, announced);
    const { taskId, workerId } = staged;
    const evidence: Evidence = {
      ...(attempt === null ? {} : { attemptId: attempt }),
      ...(workerId === null ? {} : { workerId }),
    };
    try {
      const created = await this.mutex.run(taskId, () => this.commit(staged, evidence));
      this.metrics.resultReceived(created ? 'committed' : 'duplicate');
      if (created) this.events.emit(RESULT_STORED, { taskId } satisfies ResultStoredEvent);
      return { created, taskId };
    } catch (error) {
      if (error instanceof ProblemError) this.metrics.resultReceived(OUTCOME_OF[error.slug] ?? 'invalid');
      throw error;
    } finally {
      await staged.file.discard();
    }
  }

  private async commit(staged: StagedResult, evidence: Evidence): Promise<boolean> {
    const { taskId, workerId, receivedAt, sha256, sizeBytes } = staged;
    const judgement = await this.lifecycle.judgeResult(taskId, evidence);
    if (judgement.kind === 'unknown') throw new ProblemError('not-found', `There is no task ${taskId}.`);
    if (judgement.kind === 'refused') throw refused(taskId, judgement.why);
    if (judgement.kind === 'finished' && judgement.task.resultSha256 !== null) {
      if (judgement.task.resultSha256 === sha256) return false;
      throw refused(taskId, 'it is done and has another result');
    }
    const facts = {
      sha256,
      sizeBytes,
      worker_id: workerId,
      received_at: receivedAt,
      attempt_id: evidence.attemptId ?? null,
    };
    const outcome = await this.results.place(taskId, staged.file, facts, () =>
      this.lifecycle.resultStored(taskId, evidence, { sha256, sizeBytes, workerId }),
    );
    if (outcome === 'refused') throw refused(taskId, 'it has ended or moved on meanwhile');
    return outcome === 'committed';
  }
}

/**
 * Which type the body claims to be does not matter: a worker posts once, and a day of training is not refused for a
 * header. What cannot be JSON in UTF-8 is.
 */
function requireBody(request: IncomingMessage): void {
  requirePlainUtf8(request);
  const { type } = contentTypeOf(request);
  if (!type.startsWith('multipart/')) return;
  throw new ProblemError(
    'unsupported-media-type',
    'The result is taken as application/json; files go to .../files.',
  );
}

const refused = (id: TaskId, why: string): ProblemError =>
  new ProblemError('conflict', `The result for task ${id} was refused: ${why}.`);
