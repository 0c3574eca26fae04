/** Where everything of a task is in the bucket, and what its objects say of themselves. */
import type { AttemptId, TaskId } from '../core/ids';

export const TASKS = 'tasks/';
export const STAGED = 'staged/';
/** Below a task. */
export const ATTEMPTS = 'attempts/';
export const FILES = 'files/';

export const placeOf = (id: TaskId): string => `${TASKS}${id}/`;
export const resultKey = (id: TaskId): string => `${placeOf(id)}responses.json`;
export const manifestKey = (id: TaskId): string => `${placeOf(id)}.orchestrator/manifest.json`;
export const attemptsOf = (id: TaskId): string => `${placeOf(id)}${ATTEMPTS}`;
/** null: of no attempt. */
export const filesOf = (id: TaskId, attempt: AttemptId | null): string =>
  attempt === null ? `${placeOf(id)}${FILES}` : `${attemptsOf(id)}${attempt}/`;

/** Names of metadata. */
export const META = {
  resultId: 'result-id',
  sha256: 'sha256',
  sizeBytes: 'size-bytes',
  attemptId: 'attempt-id',
  uploadedAt: 'uploaded-at',
} as const;

/** An attempt that is none. */
export const NO_ATTEMPT = '-';
