/** From a document's text to its tasks in Redis: all of them, or none and a list of every mistake. */
import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { ProblemError, type Issue } from '../core/errors';
import { trustedRunId, trustedTaskId, type TaskId, type WorkerId } from '../core/ids';
import { timeoutSecOf } from '../core/lifecycle/deadline';
import type { Dependency, TaskStatus } from '../core/model';
import { expandDocument, externalIds, type TaskDraft } from '../core/spec/expand';
import type { ExternalTask } from '../core/spec/link';
import { parseDocument } from '../core/spec/parse';
import { isParallel } from '../core/shard/plan';
import { Scripts } from '../redis/scripts';
import type { IdempotencyKey } from './idempotency-key';
import { KnownTasks } from './known-tasks';
import { submittedHash, toFields } from './task-hash';
import { TaskStore } from './task.store';

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
  /** It was submitted before with the same Idempotency-Key: these are the tasks of then, as they are now. */
  replayed: boolean;
}

@Injectable()
export class SubmitTask {
  private readonly logger = new Logger(SubmitTask.name);

  constructor(
    private readonly store: TaskStore,
    private readonly scripts: Scripts,
    private readonly known: KnownTasks,
    private readonly config: AppConfig,
  ) {}

  /**
   * @throws ProblemError `invalid-document` with every mistake of the document; `idempotency-key-reused` when the key
   * was given with another one
   */
  async submit(text: string, key: IdempotencyKey | null): Promise<Submission> {
    const earlier = key === null ? null : await this.store.submittedWith(key.keySha256);
    if (earlier !== null) {
      if (earlier.bodySha256 !== key?.bodySha256) throw keyReused();
      return this.replay(earlier.taskIds);
    }
    const parsed = parseDocument(text);
    if (!parsed.ok) throw mistakes(parsed.error);
    const known = await this.loadExternals(externalIds(parsed.value));
    const expanded = expandDocument(parsed.value, known, {
      maxTasks: this.config.maxDocumentTasks,
      defaults: {
        maxRetries: this.config.maxRetries,
        baseDelaySec: this.config.retryBaseDelaySec,
        maxDelaySec: this.config.retryMaxDelaySec,
      },
    });
    if (!expanded.ok) throw mistakes(expanded.error);
    return this.write(text, key, expanded.value, known);
  }

  private async write(
    raw: string,
    key: IdempotencyKey | null,
    drafts: readonly TaskDraft[],
    known: ReadonlyMap<TaskId, ExternalTask>,
  ): Promise<Submission> {
    const runId = trustedRunId(randomUUID());
    const ids = drafts.map(() => trustedTaskId(randomUUID()));
    const dependencies = drafts.map((draft) =>
      draft.dependsOn.map((d): Dependency => ({ name: d.name, taskId: idOf(d.on, ids) })),
    );
    const tasks = drafts.map((draft, i) => ({
      id: idOf({ kind: 'draft', index: i }, ids),
      fields: toFields({
        ...draft,
        dependsOn: dependencies[i] ?? [],
        parallel: isParallel(draft.document),
        timeoutSec: timeoutSecOf(draft.document, this.config.taskTimeoutsSec),
      }),
      document: JSON.stringify(draft.document),
      priority_us: Math.round(draft.priority * this.config.priorityAgingSec * 1_000_000),
      waits_for: dependencies[i]?.map((d) => d.taskId) ?? [],
    }));
    const externals = new Set(
      drafts.flatMap((d) => d.dependsOn.flatMap((on) => (on.on.kind === 'task' ? [on.on.id] : []))),
    );
    // Noted before it is written: whoever schedules may hear of a task before the answer is here.
    for (const [i, { id, fields, document }] of tasks.entries()) {
      this.known.submitted(id, submittedHash(fields, runId));
      const draft = drafts[i];
      if (draft) this.known.noteDocument(id, draft.document, document.length);
    }
    crashPoint('submit.before_write');
    const answer = await this.scripts.run('submit-run', {
      run_id: runId,
      raw,
      tasks_json: JSON.stringify(tasks),
      external_ids_json: JSON.stringify([...externals]),
      max_open: String(this.config.maxOpenTasks),
      idempotency_key: key?.keySha256 ?? '',
      body_sha256: key?.bodySha256 ?? '',
    });
    crashPoint('submit.after_write');
    if (answer[0] !== 'submitted') for (const id of ids) this.known.forget(id);
    if (answer[0] === 'replayed') return this.replay(JSON.parse(answer[1]) as TaskId[]);
    if (answer[0] === 'key_reused') throw keyReused();
    if (answer[0] === 'full') throw full(answer[1], tasks.length, this.config.maxOpenTasks);
    if (answer[0] !== 'submitted') {
      const state = answer[0] === 'dependency_unknown' ? 'is gone' : `has ended ${answer[2]}`;
      throw mistakes([
        {
          path: 'spec.dependsOn',
          code: answer[0],
          message: `task ${answer[1]}, which this document depends on, ${state}`,
        },
      ]);
    }
    this.logger.log({ run_id: runId, task_ids: ids.slice(0, 20), count: ids.length }, 'document submitted');
    const isOpen = (id: TaskId): boolean => known.get(id)?.status !== 'DONE';
    const submitted = drafts.map((draft, i): SubmittedTask => ({
      id: idOf({ kind: 'draft', index: i }, ids),
      name: draft.name,
      status: 'PENDING',
      worker: null,
      waitingOn: dependencies[i]?.map((d) => d.taskId).filter(isOpen) ?? [],
      retries: 0,
      maxRetries: draft.retry.maxRetries,
    }));
    return { tasks: submitted, replayed: false };
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
    return { tasks: submitted, replayed: true };
  }

  /** Tasks that exist already and all their ancestors, since a template may name any of them. */
  private async loadExternals(roots: readonly TaskId[]): Promise<Map<TaskId, ExternalTask>> {
    const known = new Map<TaskId, ExternalTask>();
    let wanted: TaskId[] = [...new Set(roots)];
    while (wanted.length > 0 && known.size < MAX_ANCESTORS) {
      const found = await this.store.readMany(wanted);
      for (const { id, name, status, dependsOn } of found) known.set(id, { id, name, status, dependsOn });
      wanted = [...new Set(found.flatMap((task) => task.dependsOn.map((d) => d.taskId)))].filter(
        (id) => !known.has(id),
      );
    }
    return known;
  }
}

function idOf(on: TaskDraft['dependsOn'][number]['on'], ids: readonly TaskId[]): TaskId {
  const id = on.kind === 'task' ? on.id : ids[on.index];
  if (id === undefined) throw new Error('a draft depends on a draft that does not exist');
  return id;
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
