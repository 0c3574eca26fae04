/**
 * The only writer of a task's state. Each method reads, lets the core decide, and commits with one script that
 * compares first; who loses that race reads and decides again.
 */
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { AppConfig } from '../config/app-config';
import { trustedAttemptId, type AttemptId, type TaskId, type WorkerId } from '../core/ids';
import { decide, type Decision, type TaskEvent, type TaskEventKind } from '../core/lifecycle/decide';
import { standingOf, type Evidence } from '../core/lifecycle/evidence';
import { microsText } from '../core/lifecycle/time';
import type { Task, TaskDocument } from '../core/model';
import { Leadership } from '../redis/leadership';
import { Scripts } from '../redis/scripts';
import type { ScriptAnswers } from '../redis/script-contracts';
import { submittedHash, toFields, type TaskConstants } from './task-hash';
import { KnownTasks } from './known-tasks';
import { LifecycleReport } from './lifecycle-report';
import { TaskCommits, type StoredResult } from './task-commits';
import { TaskStore } from './task.store';

export type Outcome =
  /** `hasUploads`: files of its attempts are staged, and it is DONE now. */
  | { kind: 'applied'; task: Task; decision: Decision; hasUploads: boolean }
  | { kind: 'ignored'; task: Task; why: string }
  | { kind: 'stale'; task: Task; why: string }
  | { kind: 'unknown' };

export type Judgement =
  | { kind: 'accept'; task: Task }
  | { kind: 'finished'; task: Task }
  | { kind: 'refused'; task: Task; why: string }
  | { kind: 'unknown' };

/** What a dispatch needs beside the task and the worker. */
export interface Dispatch {
  attemptId: AttemptId;
  head: string;
  tail: string;
  /** Fingerprints of result files in shared storage that were there before: they are not this attempt's. */
  staleFiles: readonly string[];
  /** What the message gives of other tasks, as JSON: kept with the task. null: it depends on none. */
  inputs: string | null;
}

const NO_TASKS: readonly Task[] = [];
/** A lost race is decided again; more often than this it is a defect, not a race. */
const MAX_ROUNDS = 20;

@Injectable()
export class TaskLifecycle {
  constructor(
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly scripts: Scripts,
    private readonly commits: TaskCommits,
    private readonly leadership: Leadership,
    private readonly report: LifecycleReport,
    private readonly config: AppConfig,
  ) {}

  newAttemptId(): AttemptId {
    return trustedAttemptId(randomUUID());
  }

  /** PENDING -> DISPATCHED, if the task is as it was read and the worker is free by its own hash. */
  async dispatch(
    task: Task,
    worker: { id: WorkerId; startedAt: string },
    dispatch: Dispatch,
  ): Promise<ScriptAnswers['dispatch-task']> {
    const answer = await this.scripts.run('dispatch-task', {
      epoch: this.leadership.epoch,
      task_id: task.id,
      expected_attempt_id: task.attemptId ?? '',
      worker_id: worker.id,
      worker_started_at: worker.startedAt,
      attempt_id: dispatch.attemptId,
      topic: this.config.taskTopic,
      head: dispatch.head,
      tail: dispatch.tail,
      stale_files: dispatch.staleFiles.length === 0 ? '' : JSON.stringify(dispatch.staleFiles),
      patience_us: microsText(this.config.ackTimeoutSec),
      proving_patience_us: microsText(this.config.provingTimeoutSec),
      heartbeat_ttl_us: microsText(this.config.heartbeatTtlSec),
      idle_grace_us: microsText(this.config.idleGraceSec),
      timeout_us: task.timeoutSec === null ? '' : microsText(task.timeoutSec),
      inputs: dispatch.inputs ?? '',
    });
    if (answer[0] === 'dispatched') {
      const { attemptId, staleFiles } = dispatch;
      this.known.sent(task, { attemptId, staleFiles, worker: worker.id, atUs: Number(answer[1]) });
    }
    return answer;
  }

  /** PENDING -> RUNNING for a parent, with a placeable child for each part. */
  async split(
    parent: Task,
    shards: readonly { id: TaskId; task: TaskConstants; document: TaskDocument }[],
  ): Promise<ScriptAnswers['split-task']> {
    const list = shards.map(({ id, task, document }) => {
      const shard = { id, fields: toFields(task), document: JSON.stringify(document) };
      const hash = { ...submittedHash(shard.fields, parent.runId), parent: parent.id };
      this.known.submitted(id, hash, document, shard.document.length);
      return shard;
    });
    const answer = await this.scripts.run('split-task', {
      epoch: this.leadership.epoch,
      task_id: parent.id,
      expected_attempt_id: parent.attemptId ?? '',
      shards_json: JSON.stringify(list),
    });
    if (answer[0] === 'split') this.known.split(parent);
    else for (const { id } of list) this.known.forget(id);
    return answer;
  }

  /** May this evidence complete the task? Judged before a result is put in place; the commit compares. */
  async judgeResult(id: TaskId, evidence: Evidence): Promise<Judgement> {
    const known = this.known.get(id);
    if (known !== null && decide(known, { kind: 'succeeded', evidence }).kind === 'succeed') {
      return { kind: 'accept', task: known };
    }
    const task = await this.store.read(id);
    if (task === null) return { kind: 'unknown' };
    if (task.status === 'DONE') return { kind: 'finished', task };
    const decision = decide(task, { kind: 'succeeded', evidence });
    if (decision.kind === 'succeed') return { kind: 'accept', task };
    return { kind: 'refused', task, why: 'why' in decision ? decision.why : decision.kind };
  }

  /** The result is in its place: the task is DONE, or had ended and now has its result. */
  async resultStored(
    id: TaskId,
    evidence: Evidence,
    result: StoredResult,
  ): Promise<{ kind: 'committed'; task: Task } | { kind: 'duplicate' } | { kind: 'refused' }> {
    const outcome = await this.succeed(id, evidence, result);
    if (outcome.kind === 'applied') return { kind: 'committed', task: outcome.task };
    if (outcome.kind !== 'ignored' || outcome.task.status !== 'DONE') return { kind: 'refused' };
    const { task } = outcome;
    if (task.resultSha256 !== null) {
      return { kind: task.resultSha256 === result.sha256 ? 'duplicate' : 'refused' };
    }
    if (standingOf(task, evidence) === 'stale') return { kind: 'refused' };
    const [answer] = await this.scripts.run('attach-result', {
      task_id: id,
      attempt_id: task.attemptId ?? '',
      result_sha256: result.sha256,
      result_id: result.resultId,
    });
    return answer === 'applied' ? { kind: 'committed', task } : { kind: 'refused' };
  }

  /** `result`: null when there is only the worker's word. */
  succeed(id: TaskId, evidence: Evidence, result: StoredResult | null): Promise<Outcome> {
    return this.apply(id, { kind: 'succeeded', evidence }, result);
  }

  /** The way of every event: read, decide, commit; decided again after a lost race. `result` goes with success. */
  async apply<K extends TaskEventKind>(
    id: TaskId,
    event: TaskEvent<K>,
    result: StoredResult | null = null,
  ): Promise<Outcome> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const known = this.known.get(id);
      const task = known ?? (await this.store.read(id));
      if (task === null) return { kind: 'unknown' };
      const decision = decide(task, event);
      if (decision.kind === 'ignore' || decision.kind === 'stale') {
        this.known.forget(id);
        if (known !== null) continue;
        return { kind: decision.kind === 'stale' ? 'stale' : 'ignored', task, why: decision.why };
      }
      // What is heard of it before this is answered is decided from there; scripts run in the order of their sending.
      if (decision.kind === 'start') this.known.started(task);
      const besides = this.report.tellsOfOthers(task, decision) ? await this.report.others(task) : NO_TASKS;
      const [answer, hasUploads] = await this.commits.commit(task, decision, result);
      this.remember(task, decision.kind, answer === 'applied', result);
      if (answer === 'early') return { kind: 'ignored', task, why: 'it is not due yet' };
      if (answer === 'conflict') continue;
      if (answer === 'not_leader') return { kind: 'ignored', task, why: 'another replica schedules' };
      this.report.changed(task, event as TaskEvent, decision);
      if (besides.length > 0) this.report.endedBesides(besides);
      return { kind: 'applied', task, decision, hasUploads: hasUploads === '1' };
    }
    throw new Error(`task ${id} changed ${String(MAX_ROUNDS)} times while one event was applied`);
  }

  private remember(
    task: Task,
    decision: Decision['kind'],
    applied: boolean,
    result: StoredResult | null,
  ): void {
    if (applied && decision === 'start') return;
    if (applied && decision === 'succeed') this.known.succeeded(task, result?.sha256 ?? null);
    else this.known.forget(task.id);
  }
}
