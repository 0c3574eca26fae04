/** One posted result, start to end: received onto disk, then committed, or kept until the task store answers again. */
import { Injectable } from '@nestjs/common';
import type { IncomingMessage } from 'node:http';
import { attemptOf } from '../artifacts/attempt-header';
import { BodyDigest } from '../artifacts/expected-digest';
import { Inbox } from '../artifacts/inbox';
import type { KeptResult } from '../artifacts/kept';
import { Spool } from '../artifacts/spool';
import type { SpoolFile } from '../artifacts/spool-file';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { ProblemError, type ProblemSlug } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import { evidenceOf } from '../core/lifecycle/evidence';
import { formatTime } from '../core/lifecycle/time';
import { contentTypeOf, requirePlainUtf8 } from '../http/read-body';
import { Metrics, type ResultOutcome } from '../metrics/metrics';
import { RedisClock } from '../redis/redis-clock';
import { RequestTraces } from '../tasks/request-traces';
import { type ReceivedResult, receiveResult } from './receive-result';
import { ResultCommitter, type Verdict } from './result-committer';

/** `kept`: it is judged when the task store answers again. */
export type Ingested = Exclude<Verdict['kind'], 'refused'> | 'kept';

const OUTCOME_OF_PROBLEM: Partial<Record<ProblemSlug, ResultOutcome>> = {
  conflict: 'refused',
  gone: 'refused',
  'not-found': 'unknown_task',
};
const OUTCOMES = { created: 'committed', same: 'duplicate', kept: 'spooled' } as const satisfies Record<
  Ingested,
  ResultOutcome
>;

@Injectable()
export class IngestResult {
  constructor(
    private readonly config: AppConfig,
    private readonly committer: ResultCommitter,
    private readonly spool: Spool,
    private readonly inbox: Inbox,
    private readonly clock: RedisClock,
    private readonly traces: RequestTraces,
    private readonly metrics: Metrics,
  ) {}

  /** 400 body, 404 unknown task, 409 not this attempt's, 413, 503 the task store is away and the inbox full, 507. */
  async run(request: IncomingMessage): Promise<{ kind: Ingested; taskId: TaskId }> {
    const attempt = attemptOf(request);
    requireBody(request);
    const digest = new BodyDigest(request);
    const announced = request.headers['content-length'];
    const room = await this.inbox.roomFor(announced);
    try {
      const received = await receiveResult(request, this.spool, {
        maxBytes: this.config.resultMaxBytes,
        announced,
        attempt,
        room,
        digest,
        receivedAt: formatTime(this.clock.guessUs()),
      });
      this.traces.concerns(request, received.taskId, attempt);
      crashPoint('result.received');
      try {
        const kind = await this.inbox.whileAway(
          () => this.commit(received, attempt),
          () => this.keep(received, attempt),
        );
        this.metrics.resultReceived(OUTCOMES[kind]);
        return { kind, taskId: received.taskId };
      } finally {
        await this.committer.discard(received);
      }
    } catch (error) {
      if (error instanceof ProblemError) {
        this.metrics.resultReceived(OUTCOME_OF_PROBLEM[error.slug] ?? 'invalid');
      }
      throw error;
    } finally {
      room.leave();
    }
  }

  /** One that was kept, judged now. The problem, when it does not belong. */
  async runKept(kept: KeptResult, file: SpoolFile): Promise<ProblemError | null> {
    const { taskId, workerId, resultId, sha256, sizeBytes, attemptId } = kept;
    const received = { taskId, workerId, resultId, sha256, sizeBytes, envelope: null, file };
    const verdict = await this.committer.commit(
      received,
      evidenceOf({ attemptId, dispatchedAt: null, workerId }),
    );
    if (verdict.kind === 'refused') {
      this.metrics.resultReceived(OUTCOME_OF_PROBLEM[verdict.problem.slug] ?? 'invalid');
      return verdict.problem;
    }
    this.metrics.resultReceived(OUTCOMES[verdict.kind]);
    await this.committer.discard(received);
    return null;
  }

  private async commit(received: ReceivedResult, attempt: AttemptId | null): Promise<Ingested> {
    const evidence = evidenceOf({ attemptId: attempt, dispatchedAt: null, workerId: received.workerId });
    const verdict = await this.committer.commit(received, evidence);
    if (verdict.kind === 'refused') throw verdict.problem;
    return verdict.kind;
  }

  private async keep(received: ReceivedResult, attemptId: AttemptId | null): Promise<Ingested> {
    const { file, taskId, workerId, resultId, sha256, sizeBytes } = received;
    await this.inbox.keep({ kind: 'result', taskId, attemptId, workerId, resultId, sha256, sizeBytes }, file);
    return 'kept';
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
