/**
 * What is remembered of a committed result, in the name of an empty file beside it: it was committed once, and how. A
 * name is there or is not, never half, and costs one file where a content would have to be brought to disk as well.
 */
import type { FileVersion } from '../artifacts/file-version';
import { type AttemptId, trustedAttemptId } from '../core/ids';

export interface ResultRecord {
  resultId: string;
  /** SHA-256 (hex) of the bytes of the `result` member. */
  sha256: string;
  sizeBytes: number;
  /** The attempt that won; null for a task that was never dispatched. */
  attemptId: AttemptId | null;
}

/** One that is a name. */
export interface NamedRecord extends ResultRecord {
  /** Which file this is about, staged or as `responses.json`: a worker on shared storage can write another one over it. */
  file: FileVersion;
}

/** At most 230 characters, with UUIDs for ids. */
const NAME = /^\.result~([\w-]+)~([0-9a-f]{64})~(\d+)~([\w-]+)~(\d+)~(\d+(?:\.\d+)?)~(\d+)$/;
const NO_ATTEMPT = '-';

export function recordName({ resultId, sha256, sizeBytes, attemptId, file }: NamedRecord): string {
  const parts = [resultId, sha256, sizeBytes, attemptId ?? NO_ATTEMPT, file.ino, file.mtimeMs, file.size];
  return `.result~${parts.map(String).join('~')}`;
}

/** null when the name is no such record. */
export function parseRecordName(name: string): NamedRecord | null {
  const [, resultId, sha256, sizeBytes, attempt, ino, mtimeMs, size] = NAME.exec(name) ?? [];
  if (resultId === undefined || sha256 === undefined || attempt === undefined) return null;
  return {
    resultId,
    sha256,
    sizeBytes: Number(sizeBytes),
    attemptId: attempt === NO_ATTEMPT ? null : trustedAttemptId(attempt),
    file: { ino: Number(ino), mtimeMs: Number(mtimeMs), size: Number(size) },
  };
}
