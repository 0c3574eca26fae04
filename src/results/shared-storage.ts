/** Judges result files that workers leave on shared storage: their writers are not atomic, so only what parses counts. */
import type { FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { relative, join } from 'node:path';
import { type FileVersion, isSameVersion } from '../artifacts/file-version';
import { SharedByKey } from '../core/shared-run';
import { EnvelopeScanner } from './envelope-scan';
import { JsonScanError } from './json-scan';

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
export function fingerprintOf(root: string, directory: string, name: string, stats: FileVersion): string {
  const path = relative(root, join(directory, name));
  return `${path}:${String(stats.ino)}:${String(stats.mtimeMs)}:${String(stats.size)}`;
}

/** Looks through each file once, and remembers what it is as long as its fingerprint stays. */
export class SharedFiles {
  private readonly known = new Map<string, FileForm>();
  private readonly scans = new SharedByKey<FileForm>();

  /** One that was read whole. */
  judge(bytes: Buffer, version: FileVersion, fingerprint: string, taskId: string): FileForm {
    return this.known.get(fingerprint) ?? this.remember(fingerprint, version, formOf(bytes, taskId));
  }

  /** One that is too large for that is read in pieces. The handle stays open and is the caller's. */
  async scan(handle: FileHandle, stats: Stats, fingerprint: string, taskId: string): Promise<FileForm> {
    const known = this.known.get(fingerprint);
    if (known !== undefined) return known;
    return await this.scans.run(fingerprint, async () =>
      this.remember(fingerprint, stats, await scanFile(handle, stats, taskId)),
    );
  }

  private remember(fingerprint: string, { mtimeMs }: FileVersion, form: FileForm): FileForm {
    if (form === 'none' && Date.now() - mtimeMs <= SETTLED_MS) return form;
    this.known.set(fingerprint, form);
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MAX_REMEMBERED) break;
      this.known.delete(oldest);
    }
    return form;
  }
}

function formOf(bytes: Buffer, taskId: string): FileForm {
  const scanner = new EnvelopeScanner({ capture: CAPTURE });
  try {
    scanner.push(bytes);
    return formIn(scanner, taskId);
  } catch (error) {
    if (error instanceof JsonScanError) return 'none';
    throw error;
  }
}

async function scanFile(handle: FileHandle, before: Stats, taskId: string): Promise<FileForm> {
  const scanner = new EnvelopeScanner({ capture: CAPTURE });
  const piece = Buffer.allocUnsafe(PIECE_BYTES);
  try {
    let position = 0;
    while (position < before.size) {
      const { bytesRead } = await handle.read(piece, 0, piece.length, position);
      if (bytesRead === 0) break;
      scanner.push(piece.subarray(0, bytesRead));
      position += bytesRead;
    }
    const form = formIn(scanner, taskId);
    return position === before.size && isSameVersion(before, await handle.stat()) ? form : 'none';
  } catch (error) {
    if (error instanceof JsonScanError) return 'none';
    throw error;
  }
}

/** Throws a JsonScanError where what was pushed is not all of a JSON text. */
function formIn(scanner: EnvelopeScanner, taskId: string): FileForm {
  const { topLevel, members, captured } = scanner.finish();
  const hasAll =
    topLevel === 'object' && members.has('result') && ENVELOPE_KEYS.every((key) => members.has(key));
  const isEnvelope = hasAll && captured.get('task_id')?.toString('utf8') === JSON.stringify(taskId);
  return isEnvelope ? 'envelope' : 'bare';
}
