/**
 * Whose word is it? What a message says of the attempt that it speaks for, held against the task's current attempt.
 * Workers in the field hold no attempt id: they send back a header or echo `dispatched_at`, or only give their name.
 */
import type { AttemptId, WorkerId } from '../ids';
import type { Task } from '../model';
import { formatTime } from './time';

/** Strongest first. All absent: the message has no identity. */
export interface Evidence {
  attemptId?: AttemptId;
  /** As in the dispatch message, to the microsecond. */
  dispatchedAt?: string;
  workerId?: WorkerId;
}

/** What is known of it, if anything is. */
export function evidenceOf(known: {
  attemptId: AttemptId | null;
  dispatchedAt: string | null;
  workerId: WorkerId | null;
}): Evidence {
  const evidence: Evidence = {};
  if (known.attemptId !== null) evidence.attemptId = known.attemptId;
  if (known.dispatchedAt !== null) evidence.dispatchedAt = known.dispatchedAt;
  if (known.workerId !== null) evidence.workerId = known.workerId;
  return evidence;
}

export type Standing = 'current' | 'anonymous' | 'stale';

/** The latest attempt stays current, also after its worker was declared lost, until a newer one is dispatched. */
export function standingOf(task: Task, evidence: Evidence): Standing {
  if (evidence.attemptId !== undefined) return evidence.attemptId === task.attemptId ? 'current' : 'stale';
  if (evidence.dispatchedAt !== undefined) {
    return task.dispatchedAtUs !== null && evidence.dispatchedAt === formatTime(task.dispatchedAtUs)
      ? 'current'
      : 'stale';
  }
  // A parent of shards has no attempt, whatever a worker calls itself.
  if (evidence.workerId !== undefined) {
    return task.attemptId !== null && evidence.workerId === task.attemptWorker ? 'current' : 'stale';
  }
  return 'anonymous';
}
