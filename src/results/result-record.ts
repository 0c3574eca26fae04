/** What is remembered of a committed result, in `.orchestrator/result.json` beside it. */
import type { Stats } from 'node:fs';
import { isObject } from '../core/json';

export interface ResultRecord {
  /** SHA-256 (hex) of the bytes of the `result` member. */
  sha256: string;
  sizeBytes: number;
  worker_id: string | null;
  received_at: string | null;
  attempt_id: string | null;
  /** Which `responses.json` this is about: a worker on shared storage can write another one over it. */
  file: { ino: number; mtimeMs: number; size: number };
}

/** null when the text is no such record. */
export function parseResultRecord(text: string): ResultRecord | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(value)) return null;
  const { sha256, sizeBytes, file } = value;
  if (typeof sha256 !== 'string' || typeof sizeBytes !== 'number' || !isObject(file)) return null;
  const { ino, mtimeMs, size } = file;
  if (typeof ino !== 'number' || typeof mtimeMs !== 'number' || typeof size !== 'number') return null;
  const member = (key: string): string | null => {
    const found = value[key];
    return typeof found === 'string' ? found : null;
  };
  return {
    sha256,
    sizeBytes,
    worker_id: member('worker_id'),
    received_at: member('received_at'),
    attempt_id: member('attempt_id'),
    file: { ino, mtimeMs, size },
  };
}

export function isAbout(record: ResultRecord, stats: Stats): boolean {
  const { ino, mtimeMs, size } = record.file;
  return ino === stats.ino && mtimeMs === stats.mtimeMs && size === stats.size;
}
