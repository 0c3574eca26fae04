/** What is remembered of one resumable upload, in `<id>.json` beside the bytes that have come. */
import { type AttemptId, ID_PATTERN, isTaskId, type TaskId, trustedAttemptId } from '../core/ids';
import { isObject, parseObject } from '../core/json';
import { fileNameIssue } from '../core/files/file-names';
import type { UploadOutcome } from '../artifacts/upload-committer';

export type Outcome = UploadOutcome['kind'];

/** `finishing`: all bytes are there and its task is being asked. `finished`: they have left for their place. */
export type Progress =
  | { kind: 'open' }
  | { kind: 'finishing'; sha256: string }
  | { kind: 'finished'; sha256: string; outcome: Outcome };

export interface UploadRecord {
  id: string;
  taskId: TaskId;
  /** Which attempt it says that it is of. */
  attemptId: AttemptId | null;
  filename: string;
  /** Hex; null: the client did not say. */
  expectedSha256: string | null;
  /** Of the whole file; null: not said yet. */
  sizeBytes: number | null;
  /** When it was begun, in milliseconds since 1970 by the clock of the volume. */
  begunAtMs: number;
  /** `Upload-Metadata` as the client sent it. */
  metadata: string;
  progress: Progress;
}

const UPLOAD_ID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export const isUploadId = (text: string): boolean => UPLOAD_ID.test(text);

const OUTCOMES: readonly unknown[] = ['created', 'same', 'kept'] satisfies Outcome[];

/** null when the text is no such record. */
export function parseUploadRecord(text: string): UploadRecord | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { id, taskId, attemptId, filename, expectedSha256, sizeBytes, begunAtMs, metadata } = value;
  if (typeof id !== 'string' || !isUploadId(id)) return null;
  if (typeof taskId !== 'string' || !isTaskId(taskId)) return null;
  if (attemptId !== null && (typeof attemptId !== 'string' || !ID_PATTERN.test(attemptId))) return null;
  if (typeof filename !== 'string' || fileNameIssue(filename) !== null) return null;
  if (expectedSha256 !== null && typeof expectedSha256 !== 'string') return null;
  if (sizeBytes !== null && typeof sizeBytes !== 'number') return null;
  if (typeof begunAtMs !== 'number') return null;
  const progress = parseProgress(value.progress);
  if (typeof metadata !== 'string' || progress === null) return null;
  const attempt = attemptId === null ? null : trustedAttemptId(attemptId);
  return {
    id,
    taskId,
    attemptId: attempt,
    filename,
    expectedSha256,
    sizeBytes,
    begunAtMs,
    metadata,
    progress,
  };
}

function parseProgress(value: unknown): Progress | null {
  if (!isObject(value)) return null;
  const { kind, sha256, outcome } = value;
  if (kind === 'open') return { kind };
  if (typeof sha256 !== 'string') return null;
  if (kind === 'finishing') return { kind, sha256 };
  return kind === 'finished' && OUTCOMES.includes(outcome)
    ? { kind, sha256, outcome: outcome as Outcome }
    : null;
}
