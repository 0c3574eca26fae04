/** A worker as the service sees it: what it reports, and what we know that it does not say. */
import type { AttemptId, TaskId, WorkerId } from '../core/ids';
import type { WorkerSnapshot } from '../core/model';
import type { WorkerReport } from '../core/wire/worker-hash';

export interface WorkerView {
  id: WorkerId;
  report: WorkerReport;
  /** Its hash as it was read. */
  hash: Readonly<Record<string, string>>;
  /** `started_at` letter by letter, as the dispatch script compares it. */
  startedAtText: string;
  /** It is in the set of registered workers. */
  listed: boolean;
  /** The value of its heartbeat key; null when the key is gone. */
  heartbeat: string | null;
  lease: WorkerLease;
}

/** Our own hash beside the worker's. Times in microseconds. */
export interface WorkerLease {
  taskId: TaskId | null;
  attemptId: AttemptId | null;
  /** Of the process that registered, letter by letter; null where that is not known. */
  startedAtText: string | null;
  pidText: string | null;
  /** Held by an earlier process under the same id. */
  orphaned: AttemptId | null;
  /** The heartbeat that was heard last, at `heardAtUs`. */
  heartbeat: string | null;
  /** It has acknowledged a task since it registered. */
  proven: boolean;
  stale: boolean;
  registeredAtUs: number | null;
  heardAtUs: number | null;
  /** Nothing is sent to it before. */
  restUntilUs: number;
  /** The heartbeat after which it did not answer: nothing is sent until the next one. */
  mutedHeartbeat: string | null;
  endedTask: TaskId | null;
  endedAtUs: number;
  endedHeard: boolean;
}

/** What placement needs to know of it. */
export function snapshotOf({ id, report, lease }: WorkerView): WorkerSnapshot {
  return { id, hardware: report.hardware, proven: lease.proven };
}

/**
 * From when on to try it, in microseconds: 0 at once, Infinity not before something is heard of it. The dispatch script
 * decides again, from the truth at that moment; this spares it the tries that are bound to fail, and knows the same rules.
 */
export function freeFromUs(view: WorkerView, idleGraceUs: number): number {
  const { lease, report } = view;
  if (!view.listed || lease.stale || lease.taskId !== null) return Infinity;
  if (lease.mutedHeartbeat !== null && lease.mutedHeartbeat === (view.heartbeat ?? '')) return Infinity;
  if (report.status === 'IDLE') return lease.restUntilUs;
  // A worker whose end was heard and whose status was not.
  const isUnsaid = report.status === 'RUNNING' && lease.endedHeard && report.extraTaskId === lease.endedTask;
  return isUnsaid ? Math.max(lease.restUntilUs, lease.endedAtUs + idleGraceUs) : Infinity;
}
