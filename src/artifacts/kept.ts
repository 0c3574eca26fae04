/** What is remembered of a result or a file that waits in the inbox, in `<id>.json` beside its bytes, `<id>.data`. */
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

export const RECORD = '.json';
export const BYTES = '.data';

/** Bytes among these names whose record is not there: it is about to be, or a crash came before. */
export function withoutRecord(names: readonly string[]): string[] {
  const there = new Set(names);
  return names.filter((name) => name.endsWith(BYTES) && !there.has(`${idOf(name)}${RECORD}`));
}

export const idOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

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
