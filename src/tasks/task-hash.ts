/** A task's hash in Redis, field by field, to `Task` and back. */
import {
  trustedAttemptId,
  trustedRunId,
  trustedTaskId,
  trustedWorkerId,
  type RunId,
  type TaskId,
} from '../core/ids';
import type {
  DeletionCause,
  Dependency,
  Resources,
  RetryPolicy,
  Task,
  TaskStatus,
  UsedFile,
} from '../core/model';
import { parseTraceparent, traceHeaders } from '../core/trace/trace-context';

export type TaskHash = Readonly<Record<string, string>>;

/** What never changes after submission. The scripts add what does: status, score, attempt and the rest. */
export type TaskConstants = Pick<
  Task,
  | 'clientTrace'
  | 'name'
  | 'nodeName'
  | 'taskType'
  | 'resources'
  | 'replicas'
  | 'priority'
  | 'retry'
  | 'dependsOn'
  | 'uses'
  | 'usesFiles'
  | 'parallel'
  | 'timeoutSec'
  | 'ttlSec'
> & { shard?: { index: number; total: number } };

/** Alternating names and values, as HSET takes them. */
export function toFields(task: TaskConstants): string[] {
  const fields = ['name', task.name, 'type', task.taskType];
  fields.push('resources', JSON.stringify(task.resources), 'replicas', String(task.replicas));
  fields.push('priority', String(task.priority), 'retry', JSON.stringify(task.retry));
  if (task.clientTrace !== null) {
    // Its members are the fields' names as well.
    for (const [name, text] of Object.entries(traceHeaders(task.clientTrace))) fields.push(name, text);
  }
  if (task.nodeName !== null) fields.push('node', task.nodeName);
  if (task.dependsOn.length > 0) fields.push('depends_on', JSON.stringify(task.dependsOn));
  // One field for both: whoever queues a task asks only whether it uses anything.
  const used = [...task.uses, ...task.usesFiles];
  if (used.length > 0) fields.push('uses', JSON.stringify(used));
  if (task.timeoutSec !== null) fields.push('timeout_sec', String(task.timeoutSec));
  if (task.ttlSec !== null) fields.push('ttl_sec', String(task.ttlSec));
  if (task.parallel) fields.push('parallel', '1');
  if (task.shard) {
    fields.push('shard_index', String(task.shard.index), 'shard_total', String(task.shard.total));
  }
  return fields;
}

/** The hash of a task that is being submitted, but for what Redis adds: its place and its time. */
export function submittedHash(fields: readonly string[], runId: RunId): TaskHash {
  const hash: Record<string, string> = { status: 'PENDING', run: runId };
  for (let i = 0; i + 1 < fields.length; i += 2) hash[fields[i] ?? ''] = fields[i + 1] ?? '';
  return hash;
}

/** @returns null when there is no such task (an empty hash). */
export function fromHash(id: TaskId, hash: TaskHash): Task | null {
  if (hash.status === undefined) return null;
  const text = (field: string): string | null =>
    hash[field] === undefined || hash[field] === '' ? null : hash[field];
  const number = (field: string): number | null => (hash[field] === undefined ? null : Number(hash[field]));
  const json = <T>(field: string, absent: T): T =>
    hash[field] === undefined ? absent : (JSON.parse(hash[field]) as T);
  const branded = <T>(field: string, brand: (value: string) => T): T | null => {
    const value = text(field);
    return value === null ? null : brand(value);
  };
  const used = json<(string | UsedFile)[]>('uses', []);
  return {
    id,
    name: hash.name ?? '',
    runId: trustedRunId(hash.run ?? ''),
    clientTrace: hash.traceparent === undefined ? null : parseTraceparent(hash.traceparent, hash.tracestate),
    nodeName: text('node'),
    taskType: hash.type ?? '',
    status: hash.status as TaskStatus,
    resources: json<Resources>('resources', { cpuCores: 0, memoryBytes: 0, gpu: null }),
    replicas: number('replicas') ?? 1,
    priority: number('priority') ?? 0,
    retry: json<RetryPolicy>('retry', { maxRetries: 0, baseDelaySec: 0, maxDelaySec: 0 }),
    dependsOn: json<Dependency[]>('depends_on', []),
    uses: used.filter((each) => typeof each === 'string'),
    usesFiles: used.filter((each) => typeof each === 'object'),
    parallel: hash.parallel === '1',
    submittedAtUs: number('submitted_at') ?? 0,
    dispatchedAtUs: number('dispatched_at'),
    startedAtUs: number('started_at'),
    finishedAtUs: number('finished_at'),
    nextRetryAtUs: number('next_retry_at'),
    attempt: number('attempt') ?? 0,
    attemptId: branded('attempt_id', trustedAttemptId),
    attemptWorker: branded('worker', trustedWorkerId),
    lastFailedWorker: branded('last_failed_worker', trustedWorkerId),
    retries: number('retries') ?? 0,
    losses: number('losses') ?? 0,
    error: text('error'),
    reason: text('reason'),
    note: text('note'),
    staleFiles: json<string[]>('stale_files', []),
    resultSha256: text('result_sha256'),
    resultId: text('result_id'),
    timeoutSec: number('timeout_sec'),
    ttlSec: number('ttl_sec'),
    deletedAtUs: number('deleted_at'),
    deletedBecause: branded('deleted_because', (cause) => cause as DeletionCause),
    parentId: branded('parent', trustedTaskId),
    shardIndex: number('shard_index'),
    shardTotal: number('shard_total'),
  };
}
