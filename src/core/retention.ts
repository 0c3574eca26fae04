/** How long results and files of ended tasks are kept, and why they are deleted. */
import { ProblemError } from './errors';
import type { TaskId } from './ids';
import { isObject } from './json';
import { formatTime } from './lifecycle/time';
import type { DeletionCause, TaskDocument } from './model';

/** A hundred years. */
export const MAX_TTL_DAYS = 36_500;
export const DAY_SEC = 86_400;

const BECAUSE: Readonly<Record<DeletionCause, string>> = {
  ttl: 'the time was over for which they are kept (spec.output.ttlDays, or RESULTS_TTL_DAYS)',
  quota: 'there was no more room for them (ARTIFACT_QUOTA_BYTES)',
  request: 'a client wanted it',
};

/** Seconds from the end of the task; null: its document does not say. */
export function ttlSecOf(document: TaskDocument): number | null {
  const { output } = document.spec;
  const ttlDays = isObject(output) ? output.ttlDays : undefined;
  return typeof ttlDays === 'number' ? Math.round(ttlDays * DAY_SEC) : null;
}

/** 410, for whoever asks for what was deleted, or brings more of it. `atUs`: null when only that is not known. */
export function deletedProblem(id: TaskId, atUs: number | null, cause: DeletionCause): ProblemError {
  const when = atUs === null ? '' : ` at ${formatTime(atUs)}`;
  return new ProblemError(
    'gone',
    `The result and the files of task ${id} were deleted${when}, since ${BECAUSE[cause]}.`,
  );
}
