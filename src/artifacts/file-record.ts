/** What is remembered of a file, in `.orchestrator/files/<name>.json`; it holds as long as size and time fit. */
import { isObject } from '../core/json';

export interface FileRecord {
  size: number;
  sha256: string;
  mtimeMs: number;
  /** ISO 8601; null: written by a worker on shared storage. */
  uploaded_at: string | null;
  attempt_id: string | null;
}

/** null when the text is no such record. */
export function parseFileRecord(text: string): FileRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { size, sha256, mtimeMs, uploaded_at: uploadedAt, attempt_id: attemptId } = value;
  if (typeof size !== 'number' || typeof sha256 !== 'string' || typeof mtimeMs !== 'number') return null;
  return {
    size,
    sha256,
    mtimeMs,
    uploaded_at: typeof uploadedAt === 'string' ? uploadedAt : null,
    attempt_id: typeof attemptId === 'string' ? attemptId : null,
  };
}
