/** What is remembered of a file, in `.orchestrator/files/<name>.json`; it holds as long as the file is the same one. */
import type { Stats } from 'node:fs';
import { isObject, parseObject } from '../core/json';

export interface FileRecord {
  size: number;
  sha256: string;
  mtimeMs: number;
  /** ISO 8601; null: written by a worker on shared storage. */
  uploaded_at: string | null;
  /** Of an upload that says so: the attempt that made it. */
  attempt_id?: string | null;
  /**
   * Of a file that was written here by others: which one it is, and when anything about it changed last. A time of
   * writing can be set back, and two writes can fall into one tick of it; this time cannot be set. Uploads have none,
   * since they are moved when their attempt wins.
   */
  written?: { ino: number; ctimeMs: number };
}

/** null when the text is no such record. */
export function parseFileRecord(text: string): FileRecord | null {
  const value = parseObject(text);
  if (value === null) return null;
  const { size, sha256, mtimeMs, uploaded_at: uploadedAt, attempt_id: attempt, written } = value;
  if (typeof size !== 'number' || typeof sha256 !== 'string' || typeof mtimeMs !== 'number') return null;
  const common = { size, sha256, mtimeMs };
  if (typeof uploadedAt === 'string') {
    return { ...common, uploaded_at: uploadedAt, attempt_id: typeof attempt === 'string' ? attempt : null };
  }
  if (!isObject(written) || typeof written.ino !== 'number' || typeof written.ctimeMs !== 'number')
    return null;
  return { ...common, uploaded_at: null, written: { ino: written.ino, ctimeMs: written.ctimeMs } };
}

/** Is this the file that the record is about? */
export function isAbout({ size, mtimeMs, written }: FileRecord, stats: Stats): boolean {
  if (size !== stats.size || mtimeMs !== stats.mtimeMs) return false;
  return written === undefined || (written.ino === stats.ino && written.ctimeMs === stats.ctimeMs);
}
