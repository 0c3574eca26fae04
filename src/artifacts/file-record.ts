/** What is remembered of a file, in `.orchestrator/files/<name>.json`; it holds as long as size and time fit. */
import { parseObject } from '../core/json';

export interface FileRecord {
  size: number;
  sha256: string;
  mtimeMs: number;
  /** ISO 8601; null: written by a worker on shared storage. */
  uploaded_at: string | null;
}

/** null when the text is no such record. */
export function parseFileRecord(text: string): FileRecord | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { size, sha256, mtimeMs, uploaded_at: uploadedAt } = value;
  if (typeof size !== 'number' || typeof sha256 !== 'string' || typeof mtimeMs !== 'number') return null;
  return { size, sha256, mtimeMs, uploaded_at: typeof uploadedAt === 'string' ? uploadedAt : null };
}
