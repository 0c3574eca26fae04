/** What is remembered of a result or a file that waits in the inbox, in `<id>.json` beside its bytes. */
import {
  type AttemptId,
  ID_PATTERN,
  isTaskId,
  isWorkerId,
  type TaskId,
  trustedAttemptId,
  type WorkerId,
} from '../core/ids';
import { parseObject } from '../core/json';
import { fileNameIssue } from '../core/files/file-names';

interface Common {
  taskId: TaskId;
  /** Which attempt it says that it is of. */
  attemptId: AttemptId | null;
  sha256: string;
  sizeBytes: number;
}
export type KeptResult = Common & { kind: 'result'; resultId: string; workerId: WorkerId | null };
export type KeptUpload = Common & { kind: 'upload'; filename: string; receivedAt: string };
export type Kept = KeptResult | KeptUpload;

/** null when the text is no such record. */
export function parseKept(text: string): Kept | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { kind, taskId, attemptId, sha256, sizeBytes } = value;
  if (typeof taskId !== 'string' || !isTaskId(taskId)) return null;
  if (typeof sha256 !== 'string' || typeof sizeBytes !== 'number') return null;
  if (attemptId !== null && (typeof attemptId !== 'string' || !ID_PATTERN.test(attemptId))) return null;
  const attempt = attemptId === null ? null : trustedAttemptId(attemptId);
  const common = { taskId, attemptId: attempt, sha256, sizeBytes };
  if (kind === 'result') {
    const { resultId, workerId } = value;
    if (typeof resultId !== 'string' || !ID_PATTERN.test(resultId)) return null;
    if (workerId !== null && (typeof workerId !== 'string' || !isWorkerId(workerId))) return null;
    return { ...common, kind, resultId, workerId };
  }
  const { filename, receivedAt } = value;
  if (kind !== 'upload' || typeof filename !== 'string' || typeof receivedAt !== 'string') return null;
  return fileNameIssue(filename) === null ? { ...common, kind, filename, receivedAt } : null;
}
