/** Judges result files that workers leave on shared storage: their writers are not atomic, so only what parses counts. */
import type { FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { relative, join } from 'node:path';
import { EnvelopeScanner, JsonScanError } from './envelope-scan';

/** `envelope`: has all five keys and this task's id. `bare`: JSON that is none. `none`: does not parse, or is being written. */
export type FileForm = 'envelope' | 'bare' | 'none';

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
  private readonly running = new Map<string, Promise<FileForm>>();

  /** The handle stays open and is the caller's. */
  async formOf(handle: FileHandle, stats: Stats, fingerprint: string, taskId: string): Promise<FileForm> {
    const known = this.known.get(fingerprint);
    if (known !== undefined) return known;
    const running = this.running.get(fingerprint);
    if (running !== undefined) return await running;
    const scan = scanFile(handle, stats, taskId);
    this.running.set(fingerprint, scan);
    try {
      const form = await scan;
      if (form !== 'none' || Date.now() - stats.mtimeMs > SETTLED_MS) this.remember(fingerprint, form);
      return form;
    } finally {
      this.running.delete(fingerprint);
    }
  }

  private remember(fingerprint: string, form: FileForm): void {
    this.known.set(fingerprint, form);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MAX_REMEMBERED) return;
      this.known.delete(oldest);
    }
  }
}

async function scanFile(handle: FileHandle, before: Stats, taskId: string): Promise<FileForm> {
  const scanner = new EnvelopeScanner({ capture: CAPTURE });
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    for (let position = 0; ;) {
      const { bytesRead } = await handle.read(piece, 0, PIECE_BYTES, position);
      if (bytesRead === 0) break;
      scanner.push(piece.subarray(0, bytesRead));
      position += bytesRead;
    }
    const { topLevel, members, captured } = scanner.finish();
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs) return 'none';
    const hasAll =
      topLevel === 'object' && members.has('result') && ENVELOPE_KEYS.every((key) => members.has(key));
    return hasAll && captured.get('task_id')?.toString('utf8') === JSON.stringify(taskId)
      ? 'envelope'
      : 'bare';
  } catch (error) {
    if (error instanceof JsonScanError) return 'none';
    throw error;
  }
}
