/** What is remembered of a committed result, in `.orchestrator/result.json` beside it: it was committed once, and how. */
import type { Stats } from 'node:fs';
import { type AttemptId, ID_PATTERN, trustedAttemptId } from '../core/ids';
import { isObject, parseObject } from '../core/json';

export interface ResultRecord {
  resultId: string;
  /** SHA-256 (hex) of the bytes of the `result` member. */
  sha256: string;
  sizeBytes: number;
  /** The attempt that won; null for a task that was never dispatched. */
  attemptId: AttemptId | null;
  /** Which file this is about, staged or as `responses.json`: a worker on shared storage can write another one over it. */
  file: FileIdentity;
}

/** A rename keeps all of it. */
interface FileIdentity {
  ino: number;
  mtimeMs: number;
  size: number;
}

export function identityOf({ ino, mtimeMs, size }: Stats): FileIdentity {
  return { ino, mtimeMs, size };
}

export function formatResultRecord({ resultId, sha256, sizeBytes, attemptId, file }: ResultRecord): string {
  return JSON.stringify({ result_id: resultId, sha256, sizeBytes, attempt_id: attemptId, file });
}

/** null when the text is no such record. */
export function parseResultRecord(text: string): ResultRecord | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { result_id: resultId, sha256, sizeBytes, attempt_id: attemptId, file } = value;
  if (typeof resultId !== 'string' || !ID_PATTERN.test(resultId)) return null;
  if (typeof sha256 !== 'string' || typeof sizeBytes !== 'number' || !isObject(file)) return null;
  const { ino, mtimeMs, size } = file;
  if (typeof ino !== 'number' || typeof mtimeMs !== 'number' || typeof size !== 'number') return null;
  return {
    resultId,
    sha256,
    sizeBytes,
    attemptId: typeof attemptId === 'string' ? trustedAttemptId(attemptId) : null,
    file: { ino, mtimeMs, size },
  };
}

export function isAbout({ file }: ResultRecord, stats: Stats): boolean {
  return file.ino === stats.ino && file.mtimeMs === stats.mtimeMs && file.size === stats.size;
}
