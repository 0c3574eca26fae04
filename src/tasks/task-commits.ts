/** Writes down what was decided about a task, by one script that compares first. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { keepsWithinBounds } from '../config/retention-settings';
import { crashPoint } from '../core/crash-point';
import type { WorkerId } from '../core/ids';
import type { Decision } from '../core/lifecycle/decide';
import { microsText } from '../core/lifecycle/time';
import type { Task } from '../core/model';
import { Leadership } from '../redis/leadership';
import type { ScriptAnswers } from '../redis/script-contracts';
import { Scripts } from '../redis/scripts';
import { ExpectedTasks } from './expected-tasks';
import { KnownTasks } from './known-tasks';
import { LifecycleReport } from './lifecycle-report';

export interface StoredResult {
  /** Which of the staged results it is. */
  resultId: string;
  sha256: string;
  sizeBytes: number;
  workerId: WorkerId | null;
}

/** `conflict`: the task is not as it was read. */
export type Committed = readonly [
  word: 'applied' | 'conflict' | 'early' | 'not_leader',
  hasUploads?: '0' | '1',
];

/** The epoch of a script that any replica may run. */
const ANYBODY = '';

@Injectable()
export class TaskCommits {
  /** Whether scripts note which tasks have ended, for who deletes what they have stored. */
  private readonly indexed: '0' | '1';

  constructor(
    private readonly scripts: Scripts,
    private readonly leadership: Leadership,
    private readonly known: KnownTasks,
    private readonly expected: ExpectedTasks,
    private readonly report: LifecycleReport,
    private readonly config: AppConfig,
  ) {
    this.indexed = keepsWithinBounds(config) ? '1' : '0';
  }

  /** @param task as it was read; @param result goes with success */
  async commit(
    task: Task,
    decision: Exclude<Decision, { kind: 'ignore' | 'stale' }>,
    result: StoredResult | null,
  ): Promise<Committed> {
    const was = { task_id: task.id, status: task.status, attempt_id: task.attemptId ?? '' };
    switch (decision.kind) {
      case 'start':
        return await this.scripts.run('start-task', { held_us: microsText(decision.heldMs / 1_000), ...was });
      case 'succeed':
        return await this.complete(task, was, decision.heard, result);
      case 'back_off':
        return await this.scripts.run('back-off-task', {
          ...was,
          epoch: this.epochUnless(decision.heard),
          delay_us: microsText(decision.delaySec),
          error_text: decision.error,
          heard: decision.heard ? '1' : '0',
        });
      case 'requeue':
        return await this.requeue(was, decision);
      case 'fail':
        return [await this.abort({ ...was, epoch: this.epochUnless(decision.heard) }, 'FAILED', decision)];
      case 'cancel':
        return [
          await this.abort({ ...was, epoch: ANYBODY }, 'CANCELLED', { ...decision, error: '', heard: false }),
        ];
    }
  }

  /** What waits for it alone is queued meanwhile, where this replica schedules. */
  private async complete(
    task: Task,
    was: { task_id: string; status: string; attempt_id: string },
    heard: boolean,
    result: StoredResult | null,
  ): Promise<ScriptAnswers['complete-task']> {
    // One that was posted is read by nobody before its task has taken it.
    const expected = result === null ? this.expected.following(task.id) : [];
    // What it was stands last: V8 adds what follows a spread one by one, which takes a hundred times as long.
    const writing = this.scripts.run('complete-task', {
      worker_id: result?.workerId ?? '',
      result_sha256: result?.sha256 ?? '',
      result_id: result?.resultId ?? '',
      heard: heard ? '1' : '0',
      indexed: this.indexed,
      expected: expected.length === 0 ? '' : JSON.stringify(expected.map(({ id }) => id)),
      ...was,
    });
    if (expected.length === 0) return await writing;
    // So that its dependents are given its result.
    this.known.succeeded(task, null);
    const isDone = ([word]: ScriptAnswers['complete-task']): boolean => word === 'applied';
    return await this.expected.during(expected, writing, isDone, () => {
      this.known.erased(task.id);
    });
  }

  private async requeue(
    was: { task_id: string; status: string; attempt_id: string },
    { cause, reason }: { cause: string; reason: string },
  ): Promise<ScriptAnswers['requeue-task']> {
    crashPoint('requeue.before');
    const answer = await this.scripts.run('requeue-task', {
      ...was,
      epoch: this.leadership.epoch,
      cause,
      reason,
      rest_max_us: microsText(this.config.provingRestMaxSec),
    });
    crashPoint('requeue.after');
    return answer;
  }

  private async abort(
    was: { epoch: string; task_id: string; status: string; attempt_id: string },
    outcome: 'FAILED' | 'CANCELLED',
    { error, reason, heard }: { error: string; reason: string; heard: boolean },
  ): Promise<'applied' | 'conflict' | 'not_leader'> {
    const answer = await this.scripts.run('abort-task', {
      ...was,
      outcome,
      error_text: error,
      reason,
      heard: heard ? '1' : '0',
      indexed: this.indexed,
    });
    if (answer[0] === 'applied') this.report.ended(outcome, answer[1]);
    return answer[0];
  }

  /** A worker's own word counts by whatever replica it comes; conclusions are the leader's. */
  private epochUnless(heard: boolean): string {
    return heard ? ANYBODY : this.leadership.epoch;
  }
}
