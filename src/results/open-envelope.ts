/**
 * An envelope as it is kept, as a row of bytes of which any part can be had. Of a bare result, the envelope around it
 * is put there on the way; nothing is ever held in memory as a whole.
 */
import { Readable } from 'node:stream';
import type { ByteSource } from '../artifacts/byte-source';
import type { ByteRange } from '../http/byte-range';
import type { TaskId } from '../core/ids';
import type { JsonValue } from '../core/json';
import type { Envelope } from '../core/model';
import { digestOfValue, digestResultIn } from './digest-envelope';

const CUT = 'the result was written over while it was read';

export interface EnvelopeFile {
  source: ByteSource;
  form: 'envelope' | 'bare';
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

/** What stands around the bytes of the file. */
interface Frame {
  readonly before: Buffer;
  readonly after: Buffer;
}

const UNFRAMED: Frame = { before: Buffer.alloc(0), after: Buffer.alloc(0) };

const frameOf = (head: object): Frame => ({
  before: Buffer.from(`${JSON.stringify(head).slice(0, -1)},"result":`),
  after: Buffer.from('}'),
});

/** `close` it, however it ends. */
export class OpenEnvelope {
  private frameOnce: Frame | null = null;

  constructor(
    readonly taskId: TaskId,
    private readonly file: EnvelopeFile,
  ) {}

  /** Bytes of the whole envelope. */
  get length(): number {
    const { before, after } = this.frame;
    return before.length + this.file.source.size + after.length;
  }

  /** Another one means other bytes. */
  get fingerprint(): string {
    return [this.taskId, this.file.form, this.file.source.version].join(':');
  }

  /** ISO 8601: when it was written. */
  get time(): string {
    return this.file.source.modified.toISOString();
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
    const { sha256, source } = this.file;
    return sha256 === null ? `W/"${source.version}"` : `"${sha256}"`;
  }

  /** Throws when the file is shorter than it was: a length that was announced must not be taken for a whole answer. */
  async *bytes({ start, end }: ByteRange = this.all): AsyncGenerator<Buffer> {
    const { before, after } = this.frame;
    const fileEnd = before.length + this.file.source.size;
    const [from, to] = [Math.max(start, before.length), Math.min(end, fileEnd)];
    if (start < before.length) yield before.subarray(start, end);
    if (from < to) yield* this.file.source.read(from - before.length, to - before.length);
    if (end > fileEnd) yield after.subarray(Math.max(0, start - fileEnd), end - fileEnd);
  }

  stream(range: ByteRange = this.all): Readable {
    return Readable.from(this.bytes(range), { objectMode: false });
  }

  /** That part of it, all at once. */
  async read(range: ByteRange): Promise<Buffer> {
    return await collect(this.bytes(range));
  }

  /** All of it, parsed: for small ones. */
  async parse(): Promise<GivenResult> {
    const { form, source } = this.file;
    const bytes = await collect(source.read(0, source.size));
    if (form === 'envelope') return givenEnvelope(bytes, this.file.sha256);
    const result = JSON.parse(bytes.toString('utf8')) as JsonValue;
    return { envelope: { ...headOf(this.taskId, this.time), result }, sha256: () => digestOfValue(bytes) };
  }

  /** Throws when the file was written over since it was opened; what was read of it may be of both then. */
  async requireUnchanged(): Promise<void> {
    if (!(await this.file.source.isUnchanged())) throw new Error(CUT);
  }

  close(): Promise<void> {
    return this.file.source.close();
  }

  /** Whoever has a small one parsed needs none. */
  private get frame(): Frame {
    return (this.frameOnce ??=
      this.file.form === 'envelope' ? UNFRAMED : frameOf(headOf(this.taskId, this.time)));
  }

  private get all(): ByteRange {
    return { start: 0, end: this.length };
  }
}

async function collect(bytes: AsyncIterable<Buffer>): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of bytes) pieces.push(piece);
  return pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
}

/** What an envelope says beside the result, where a worker left the bare result. */
const headOf = (
  id: TaskId,
  receivedAt: string,
): Pick<Envelope, 'task_id' | 'worker_id' | 'metadata' | 'received_at'> => ({
  task_id: id,
  worker_id: null,
  metadata: null,
  received_at: receivedAt,
});
