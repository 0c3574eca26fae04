/** Judges result files that workers leave on shared storage: their writers are not atomic, so only what parses counts. */
import type { FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { relative, join } from 'node:path';
import { SharedByKey } from '../core/shared-run';
import { EnvelopeScanner } from './envelope-scan';
import { JsonScanError } from './json-scan';

/** `envelope`: has all five keys and this task's id. `bare`: JSON that is none. `none`: does not parse, or is being written. */
export type FileForm = 'envelope' | 'bare' | 'none';

export interface Judged {
  form: FileForm;
  /** All of it, where it was read just now and is small. */
  content: Buffer | null;
}

const PIECE_BYTES = 256 * 1024;
const MAX_REMEMBERED = 1000;
/** Within the file system's resolution of time, a file that was just written can change without looking changed. */
const SETTLED_MS = 2000;

const ENVELOPE_KEYS = ['task_id', 'worker_id', 'metadata', 'received_at'] as const;
const MAX_ID_BYTES = 1024;
const CAPTURE: ReadonlyMap<string, number> = new Map(
  ENVELOPE_KEYS.map((key) => [key, key === 'task_id' ? MAX_ID_BYTES : 0]),
);

/** `<relative path>:<ino>:<mtimeMs>:<size>`: another one means that the file has changed. */
export function fingerprintOf(root: string, directory: string, name: string, stats: Stats): string {
  const path = relative(root, join(directory, name));
  return `${path}:${String(stats.ino)}:${String(stats.mtimeMs)}:${String(stats.size)}`;
}

/** Reads each file once, in pieces, and remembers what it is as long as its fingerprint stays. */
export class SharedFiles {
  private readonly known = new Map<string, FileForm>();
  private readonly scans = new SharedByKey<Judged>();

  /** The handle stays open and is the caller's. */
  async judge(handle: FileHandle, stats: Stats, fingerprint: string, taskId: string): Promise<Judged> {
    const known = this.known.get(fingerprint);
    if (known !== undefined) return { form: known, content: null };
    return await this.scans.run(fingerprint, async () => {
      const judged = await scanFile(handle, stats, taskId);
      if (judged.form !== 'none' || Date.now() - stats.mtimeMs > SETTLED_MS) {
        this.remember(fingerprint, judged.form);
      }
      return judged;
    });
  }

  private remember(fingerprint: string, form: FileForm): void {
    this.known.set(fingerprint, form);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MAX_REMEMBERED) return;
      this.known.delete(oldest);
    }
  }
}

async function scanFile(handle: FileHandle, before: Stats, taskId: string): Promise<Judged> {
  const scanner = new EnvelopeScanner({ capture: CAPTURE });
  const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, before.size));
  try {
    let position = 0;
    while (position < before.size) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, position);
      if (bytesRead === 0) break;
      scanner.push(piece.subarray(0, bytesRead));
      position += bytesRead;
    }
    const { topLevel, members, captured } = scanner.finish();
    const after = await handle.stat();
    if (after.size !== position || after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      return NONE;
    const hasAll =
      topLevel === 'object' && members.has('result') && ENVELOPE_KEYS.every((key) => members.has(key));
    const isEnvelope = hasAll && captured.get('task_id')?.toString('utf8') === JSON.stringify(taskId);
    return { form: isEnvelope ? 'envelope' : 'bare', content: piece.length === position ? piece : null };
  } catch (error) {
    if (error instanceof JsonScanError) return NONE;
    throw error;
  }
}

const NONE: Judged = { form: 'none', content: null };
