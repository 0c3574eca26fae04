/** From a document's text to its tasks in Redis: all of them, or none and a list of every mistake. */
import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { ProblemError, type Issue } from '../core/errors';
import { trustedRunId, trustedTaskId, type RunId, type TaskId, type WorkerId } from '../core/ids';
import type { TaskStatus } from '../core/model';
import type { ExternalTask } from '../core/spec/link';
import { type RunOfTrace, traceIdOf } from '../core/trace/run-trace';
import type { SpanPlace } from '../core/trace/trace-context';
import type { ScriptAnswers } from '../redis/script-contracts';
import { Scripts } from '../redis/scripts';
import { ExpectedTasks } from './expected-tasks';
import type { IdempotencyKey } from './idempotency-key';
import { KnownTasks } from './known-tasks';
import { named } from './log-tasks';
import type { PreparationSettings, Prepared, PreparedTask } from './prepare-run';
import { Preparations } from './preparations';
import { submittedHash } from './task-hash';
import { TaskStore } from './task.store';
import { TaskTraces } from './task-traces';

type Ready = Extract<Prepared, { kind: 'ready' }>;
type Externals = ReadonlyMap<TaskId, ExternalTask>;

/** How many tasks of earlier submissions are read for one document, which may name any ancestor of its dependencies. */
const MAX_ANCESTORS = 10_000;

/** How soon a client that was turned away for too many open tasks may try again: tasks end all the time. */
const FULL_RETRY_SEC = 10;

export interface SubmittedTask {
  id: TaskId;
  name: string;
  status: TaskStatus;
  worker: WorkerId | null;
  waitingOn: TaskId[];
  retries: number;
  maxRetries: number;
}

export interface Submission {
  tasks: SubmittedTask[];
  /** Null: it was submitted before with the same Idempotency-Key; these are the tasks of then, as they are now. */
  begun: { runId: RunId; submittedAtUs: number } | null;
}

/** Where a document comes from. */
export interface Origin {
  requestId: string;
  /** The span of the client that asks for the run's trace to be its own; null for a trace of the run's own. */
  clientTrace: SpanPlace | null;
}

@Injectable()
export class SubmitTask {
  private readonly logger = new Logger(SubmitTask.name);
  private readonly settings: PreparationSettings;

  constructor(
    private readonly store: TaskStore,
    private readonly scripts: Scripts,
    private readonly known: KnownTasks,
    private readonly expected: ExpectedTasks,
    private readonly preparations: Preparations,
    private readonly traces: TaskTraces,
    private readonly config: AppConfig,
  ) {
    this.settings = {
      maxTasks: config.maxDocumentTasks,
      defaults: {
        maxRetries: config.maxRetries,
        baseDelaySec: config.retryBaseDelaySec,
        maxDelaySec: config.retryMaxDelaySec,
      },
      taskTimeoutsSec: config.taskTimeoutsSec,
      priorityAgingSec: config.priorityAgingSec,
    };
  }

  /**
   * @throws ProblemError `invalid-document` with every mistake of the document; `idempotency-key-reused` when the key
   * was given with another one
   */
  async submit(
    text: string,
    key: IdempotencyKey | null,
    { requestId, clientTrace }: Origin,
  ): Promise<Submission> {
    const earlier = key === null ? null : await this.store.submittedWith(key.keySha256);
    if (earlier !== null) {
      if (earlier.bodySha256 !== key?.bodySha256) throw keyReused();
      return this.replay(earlier.taskIds);
    }
    const { prepared, externals } = await this.prepare(text, clientTrace);
    const runId = trustedRunId(randomUUID());
    for (const { id, waitsFor, fields, document, documentChars } of prepared.tasks) {
      this.known.submitted(id, submittedHash(fields, runId), document, documentChars);
      this.known.noteAwaited(waitsFor);
    }
    const answer = await this.register(runId, text, key, prepared);
    if (answer[0] !== 'submitted') for (const { id } of prepared.tasks) this.known.forget(id);
    switch (answer[0]) {
      case 'replayed':
        return this.replay((JSON.parse(answer[1]) as string[]).map(trustedTaskId));
      case 'key_reused':
        throw keyReused();
      case 'full':
        throw full(answer[1], prepared.tasks.length, this.config.maxOpenTasks);
      case 'dependency_unknown':
        throw brokenOff(answer[0], answer[1], 'is gone');
      case 'dependency_deleted':
        throw brokenOff(answer[0], answer[1], 'has lost its result and its files: they were deleted');
      case 'dependency_ended':
        throw brokenOff(answer[0], answer[1], `has ended ${answer[2]}`);
      case 'submitted':
        this.report(requestId, { runId, clientTrace }, prepared.tasks);
        return {
          tasks: submitted(prepared.tasks, externals),
          begun: { runId, submittedAtUs: Number(answer[1]) },
        };
    }
  }

  /** Tasks of earlier documents are looked up once it is known which ones it names. */
  private async prepare(
    text: string,
    clientTrace: SpanPlace | null,
  ): Promise<{ prepared: Ready; externals: Externals }> {
    const { settings } = this;
    let externals: Externals = new Map();
    let prepared = await this.preparations.run({ text, clientTrace, settings, externals: null });
    if (prepared.kind === 'externals') {
      externals = await this.loadExternals(prepared.ids);
      prepared = await this.preparations.run({ text, clientTrace, settings, externals });
    }
    if (prepared.kind === 'mistakes') throw mistakes(prepared.issues);
    if (prepared.kind === 'externals') throw new Error('tasks of earlier documents were looked up in vain');
    return { prepared, externals };
  }

  /** What can go out is queued meanwhile, where this replica schedules. */
  private async register(
    runId: RunId,
    raw: string,
    key: IdempotencyKey | null,
    prepared: Ready,
  ): Promise<ScriptAnswers['submit-run']> {
    const expected = this.expected.among(prepared.tasks);
    const writing = this.write(runId, raw, key, prepared, expected.length > 0);
    return await this.expected.during(expected, writing, ([word]) => word === 'submitted');
  }

  private async write(
    runId: RunId,
    raw: string,
    key: IdempotencyKey | null,
    { tasksJson, externalIds }: Ready,
    isExpected: boolean,
  ): Promise<ScriptAnswers['submit-run']> {
    crashPoint('submit.before_write');
    const answer = await this.scripts.run('submit-run', {
      run_id: runId,
      raw,
      tasks_json: tasksJson,
      external_ids_json: JSON.stringify(externalIds),
      max_open: String(this.config.maxOpenTasks),
      idempotency_key: key?.keySha256 ?? '',
      body_sha256: key?.bodySha256 ?? '',
      is_expected: isExpected ? '1' : '0',
    });
    crashPoint('submit.after_write');
    return answer;
  }

  private report(requestId: string, run: RunOfTrace, tasks: readonly PreparedTask[]): void {
    const line = {
      request_id: requestId,
      run_id: run.runId,
      trace_id: this.traces.isOn ? traceIdOf(run) : undefined,
      ...named(tasks.map(({ id }) => id)),
    };
    this.logger.log(line, 'document submitted');
  }

  private async replay(ids: readonly TaskId[]): Promise<Submission> {
    const [tasks, waitingOn] = await Promise.all([this.store.readMany(ids), this.store.waitingOn(ids)]);
    const waits = new Map(ids.map((id, i) => [id, waitingOn[i] ?? []]));
    const submitted = tasks.map(({ id, name, status, attemptWorker, retries, retry }) => ({
      id,
      name,
      status,
      worker: attemptWorker,
      waitingOn: waits.get(id) ?? [],
      retries,
      maxRetries: retry.maxRetries,
    }));
    return { tasks: submitted, begun: null };
  }

  /** Tasks that exist already and all their ancestors, since a template may name any of them. */
  private async loadExternals(roots: readonly TaskId[]): Promise<Map<TaskId, ExternalTask>> {
    const known = new Map<TaskId, ExternalTask>();
    let wanted: TaskId[] = [...new Set(roots)];
    while (wanted.length > 0 && known.size < MAX_ANCESTORS) {
      const found = await this.store.readMany(wanted);
      for (const { id, name, status, dependsOn, deletedAtUs } of found)
        known.set(id, { id, name, status, dependsOn, isDeleted: deletedAtUs !== null });
      wanted = [...new Set(found.flatMap((task) => task.dependsOn.map((d) => d.taskId)))].filter(
        (id) => !known.has(id),
      );
    }
    return known;
  }
}

function submitted(tasks: readonly PreparedTask[], externals: Externals): SubmittedTask[] {
  const isOpen = (id: TaskId): boolean => externals.get(id)?.status !== 'DONE';
  return tasks.map(({ id, name, waitsFor, maxRetries }) => ({
    id,
    name,
    status: 'PENDING',
    worker: null,
    waitingOn: waitsFor.filter(isOpen),
    retries: 0,
    maxRetries,
  }));
}

/** A dependency changed between the look at it and the registration. */
function brokenOff(code: string, id: string, state: string): ProblemError {
  const message = `task ${id}, which this document depends on, ${state}`;
  return mistakes([{ path: 'spec.dependsOn', code, message }]);
}

function full(open: number, wanted: number, most: number): ProblemError {
  return new ProblemError(
    'too-many-requests',
    `${String(open)} tasks are open and this document has ${String(wanted)} more; at most ${String(most)} (MAX_OPEN_TASKS) are taken. Nothing was registered; try again when some have ended.`,
    [],
    { 'Retry-After': String(FULL_RETRY_SEC) },
  );
}

function keyReused(): ProblemError {
  return new ProblemError(
    'idempotency-key-reused',
    'Another document was submitted with this Idempotency-Key within the last day. Nothing was registered; a new document needs a new key.',
  );
}

function mistakes(issues: readonly Issue[]): ProblemError {
  const first = issues[0]?.message ?? '';
  const detail = issues.length === 1 ? first : `${String(issues.length)} mistakes, the first: ${first}`;
  return new ProblemError('invalid-document', detail, issues);
}
