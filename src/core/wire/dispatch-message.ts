/** The message that sends a task to its worker, as text in two halves: the time of dispatch is Redis' to know. */
import type { AttemptId, TaskId, WorkerId } from '../ids';
import type { TaskDocument } from '../model';
import type { TraceHeaders } from '../trace/trace-context';

interface DispatchParts {
  taskId: TaskId;
  /** Templates resolved, destination prepared. */
  document: TaskDocument;
  taskType: string;
  assignedWorker: WorkerId;
  /** 1, 2, …, for people. */
  attempt: number;
  attemptId: AttemptId;
  parentTaskId: TaskId | null;
  /** Only for shards. */
  shard: { index: number; total: number } | null;
  /** The attempt's span, under which the worker's own may stand; null while traces are off. */
  trace: TraceHeaders | null;
}

/** `head + <ISO 8601 time> + tail` is the JSON text of the message. */
export interface DispatchText {
  head: string;
  tail: string;
  /** Bytes in UTF-8 of the whole, the time included. */
  sizeBytes: number;
}

/** `2026-01-31T23:59:59.123456+00:00`, the longest spelling. */
const TIME_BYTES = 32;

export function dispatchMessage(parts: DispatchParts): DispatchText {
  const before = {
    task_id: parts.taskId,
    task_type: parts.taskType,
    assigned_worker: parts.assignedWorker,
    parent_task_id: parts.parentTaskId,
    attempt: parts.attempt,
    attempt_id: parts.attemptId,
    ...(parts.shard === null ? null : { shard_index: parts.shard.index, shard_total: parts.shard.total }),
    ...parts.trace,
  };
  const head = `${JSON.stringify(before).slice(0, -1)},"dispatched_at":"`;
  const tail = `","task":${JSON.stringify(parts.document)}}`;
  return { head, tail, sizeBytes: Buffer.byteLength(head) + Buffer.byteLength(tail) + TIME_BYTES };
}
