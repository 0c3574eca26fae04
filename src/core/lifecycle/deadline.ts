/** How long an attempt may take: a worker that hangs sends heartbeats for ever, so only this ends it. */
import type { TaskDocument } from '../model';

/** For every type that has no bound of its own. */
const ANY_TYPE = '*';
/** Ten years: what is longer is meant as "never", and stays a number that can be added to a time. */
const LONGEST_SEC = 10 * 365 * 86_400;

/** Seconds; null: as long as it takes. `spec.timeoutSec` decides if it is a number (0: no bound), else the task's type. */
export function timeoutSecOf(document: TaskDocument, byType: ReadonlyMap<string, number>): number | null {
  const { timeoutSec, taskType } = document.spec;
  const own = typeof timeoutSec === 'number' ? timeoutSec : null;
  const bound = own ?? byType.get(taskType) ?? byType.get(ANY_TYPE) ?? 0;
  return bound > 0 ? Math.min(bound, LONGEST_SEC) : null;
}
