/** When an attempt is under way, and how it ends with a change that is committed. */
import type { Task } from '../model';
import type { Decision, TaskEvent } from './decide';

export type AttemptEnd = 'done' | 'failed' | 'timed_out' | 'lost' | 'undelivered' | 'cancelled';

/** An attempt holds its worker from its dispatch on until one of these. A parent of shards has none of its own. */
export function isInFlight({ status, attemptId, dispatchedAtUs }: Task): boolean {
  return (status === 'DISPATCHED' || status === 'RUNNING') && attemptId !== null && dispatchedAtUs !== null;
}

/** null: it goes on, or there was none. */
export function endOf(event: TaskEvent, { kind }: Decision): AttemptEnd | null {
  if (kind === 'succeed') return 'done';
  if (kind === 'cancel') return 'cancelled';
  if (kind !== 'requeue' && kind !== 'back_off' && kind !== 'fail') return null;
  const { kind: what } = event;
  if (what === 'lost' || what === 'undelivered' || what === 'timed_out') return what;
  return kind === 'requeue' ? null : 'failed';
}
