/**
 * What is left for a while of a deleted result, as a name in its task's otherwise empty directory: should Redis lose its
 * latest writes, a task whose result was deleted is not taken for one that has none yet.
 */
import { type AttemptId, trustedAttemptId } from '../core/ids';
import type { DeletionCause, Task } from '../core/model';

export interface Grave {
  cause: DeletionCause;
  atUs: number;
  /** Of the result that the task had taken over HTTP; null when it had none. */
  resultId: string | null;
  sha256: string | null;
  attemptId: AttemptId | null;
}

const NAME = /^\.deleted~(ttl|quota|request)~(\d+)~([\w-]+)~([\w-]+)~([\w-]+)$/;
const NONE = '-';

/** Of a DONE task whose deletion has begun; null for any other, which has nothing that could be missed. */
export function graveOf(task: Task): Grave | null {
  const { status, deletedAtUs, deletedBecause, resultId, resultSha256, attemptId } = task;
  if (status !== 'DONE' || deletedAtUs === null || deletedBecause === null) return null;
  return { cause: deletedBecause, atUs: deletedAtUs, resultId, sha256: resultSha256, attemptId };
}

export function graveName({ cause, atUs, resultId, sha256, attemptId }: Grave): string {
  return `.deleted~${[cause, String(atUs), resultId ?? NONE, sha256 ?? NONE, attemptId ?? NONE].join('~')}`;
}

/** null when the name is none of these. */
export function parseGraveName(name: string): Grave | null {
  const [, cause, atUs, resultId = NONE, sha256 = NONE, attemptId = NONE] = NAME.exec(name) ?? [];
  if (cause === undefined) return null;
  const text = (part: string): string | null => (part === NONE ? null : part);
  return {
    cause: cause as DeletionCause,
    atUs: Number(atUs),
    resultId: text(resultId),
    sha256: text(sha256),
    attemptId: attemptId === NONE ? null : trustedAttemptId(attemptId),
  };
}
