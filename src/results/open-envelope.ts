/**
 * An envelope that lies on disk, as a row of bytes of which any part can be had. Of a bare result, the envelope around it
 * is put there on the way; nothing is ever held in memory as a whole.
 */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { TaskId } from '../core/ids';
import type { JsonValue } from '../core/json';
import type { Envelope } from '../core/model';
import { digestOfValue, digestResultIn } from './digest-envelope';

/** Small enough for other requests to go on in between, whatever is done with a piece. */
const PIECE_BYTES = 128 * 1024;
const CUT = 'the result was cut or written over while it was read';

/** From the first byte to the one after the last. */
export interface ByteRange {
  start: number;
  end: number;
}

export interface EnvelopeFile {
  handle: FileHandle;
  stats: Stats;
  form: 'envelope' | 'bare';
  /** All of the file, where it was read already. */
  content: Buffer | null;
  /** SHA-256 (hex) of its result, where that is known. */
  sha256: string | null;
}

/** A result as others are given it. */
export interface GivenResult {
  envelope: Envelope;
  /** SHA-256 (hex) of the bytes of its `result`. */
  sha256(): string;
}

export const givenEnvelope = (bytes: Buffer, sha256: string | null): GivenResult => ({
  envelope: JSON.parse(bytes.toString('utf8')) as Envelope,
  sha256: () => sha256 ?? digestResultIn(bytes),
});

/** `close` it, however it ends. */
export class OpenEnvelope {
  /** Bytes of the whole envelope. */
  readonly length: number;
  private readonly before: Buffer;
  private readonly after: Buffer;

  constructor(
    readonly taskId: TaskId,
    private readonly file: EnvelopeFile,
  ) {
    const isBare = file.form === 'bare';
    const head = JSON.stringify(headOf(taskId, file.stats));
    this.before = Buffer.from(isBare ? `${head.slice(0, -1)},"result":` : '');
    this.after = Buffer.from(isBare ? '}' : '');
    this.length = this.before.length + file.stats.size + this.after.length;
  }

  /** Another one means other bytes. */
  get fingerprint(): string {
    const { ino, mtimeMs, size } = this.file.stats;
    return [this.taskId, this.file.form, ino, mtimeMs, size].map(String).join(':');
  }

  /** ISO 8601: when it was written. */
  get time(): string {
    return this.file.stats.mtime.toISOString();
  }

  /** SHA-256 (hex) of its `result`, where a task has taken it. */
  get resultSha256(): string | null {
    return this.file.sha256;
  }

  /**
   * Strong where a task has taken the result: then it is the digest of its `result`, and the file never changes. What a
   * worker left can be written over.
   */
  get etag(): string {
    const { ino, mtimeMs, size } = this.file.stats;
    if (this.file.sha256 !== null) return `"${this.file.sha256}"`;
    return `W/"${[ino, mtimeMs, size].map((n) => Math.trunc(n).toString(16)).join('-')}"`;
  }

  /** Throws when the file is shorter than it was: a length that was announced must not be taken for a whole answer. */
  async *bytes({ start, end }: ByteRange = this.all): AsyncGenerator<Buffer> {
    const { before, after } = this;
    const fileEnd = before.length + this.file.stats.size;
    if (start < before.length) yield before.subarray(start, end);
    for (let at = Math.max(start, before.length); at < Math.min(end, fileEnd);) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, Math.min(end, fileEnd) - at));
      await this.fill(piece, at - before.length);
      at += piece.length;
      yield piece;
    }
    if (end > fileEnd) yield after.subarray(Math.max(0, start - fileEnd), end - fileEnd);
  }

  stream(range: ByteRange = this.all): Readable {
    return Readable.from(this.bytes(range), { objectMode: false });
  }

  /** That part of it, all at once. */
  async read(range: ByteRange): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of this.bytes(range)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  /** All of it, parsed: for small ones. */
  async parse(): Promise<GivenResult> {
    const { content, form, stats } = this.file;
    const bytes = content ?? Buffer.allocUnsafe(stats.size);
    if (content === null) await this.fill(bytes, 0);
    if (form === 'envelope') return givenEnvelope(bytes, this.file.sha256);
    const result = JSON.parse(bytes.toString('utf8')) as JsonValue;
    return { envelope: { ...headOf(this.taskId, stats), result }, sha256: () => digestOfValue(bytes) };
  }

  /** Throws when the file was written over since it was opened; what was read of it may be of both then. */
  async requireUnchanged(): Promise<void> {
    const { size, mtimeMs } = await this.file.handle.stat();
    if (size !== this.file.stats.size || mtimeMs !== this.file.stats.mtimeMs) throw new Error(CUT);
  }

  close(): Promise<void> {
    return this.file.handle.close();
  }

  private get all(): ByteRange {
    return { start: 0, end: this.length };
  }

  private async fill(piece: Buffer, position: number): Promise<void> {
    for (let done = 0; done < piece.length;) {
      const { bytesRead } = await this.file.handle.read(piece, done, piece.length - done, position + done);
      if (bytesRead === 0) throw new Error(CUT);
      done += bytesRead;
    }
  }
}

/** What an envelope says beside the result, where a worker left the bare result. */
const headOf = (
  id: TaskId,
  stats: Stats,
): Pick<Envelope, 'task_id' | 'worker_id' | 'metadata' | 'received_at'> => ({
  task_id: id,
  worker_id: null,
  metadata: null,
  received_at: stats.mtime.toISOString(),
});
