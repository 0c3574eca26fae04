/** A posted result on its way in: checked while it streams, its `result` bytes copied as they are. */
import { createHash, type Hash, randomUUID } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { BodyDigest } from '../artifacts/expected-digest';
import type { BodyRoom } from '../artifacts/inbox-room';
import type { Spool } from '../artifacts/spool';
import type { SpoolFile } from '../artifacts/spool-file';
import { type Issue, ProblemError } from '../core/errors';
import { type AttemptId, type TaskId, trustedTaskId, trustedWorkerId, type WorkerId } from '../core/ids';
import type { Envelope } from '../core/model';
import { bodyAtHand, limitedChunks } from '../http/read-body';
import { checkHead, type ResultHead } from './result-head';
import { EnvelopeScanner, type ScanSummary } from './envelope-scan';
import { JsonScanError } from './json-scan';

export interface ReceivedResult {
  taskId: TaskId;
  workerId: WorkerId | null;
  /** Random: by it the task says which of several results is its own. */
  resultId: string;
  /** Of the bytes of the `result` member, hex. */
  sha256: string;
  sizeBytes: number;
  /** The whole envelope, of one that is small. */
  envelope: Buffer | null;
  /** The same as a file, in memory still where it may be; the receiver releases or discards it. */
  file: SpoolFile;
}

/** What bounds a body, and what is known of it before it comes. */
export interface Reception {
  maxBytes: number;
  /** Content-Length, if it was given. */
  announced: string | undefined;
  attempt: AttemptId | null;
  room: BodyRoom;
  digest: BodyDigest;
  /** ISO 8601, for an envelope that does not say. */
  receivedAt: string;
}

/** Results up to this size wait in memory, larger ones on disk. */
const MEMORY_BYTES = 1024 * 1024;
/** Bytes of JSON that the members beside `result` may take. */
const MEMBERS: ReadonlyMap<string, number> = new Map([
  ['task_id', 1024],
  ['worker_id', 1024],
  ['metadata', 1024 * 1024],
  ['received_at', 1024],
]);

/**
 * Reads a body `{"task_id","result","worker_id"?,"metadata"?,"received_at"?}` in constant memory and leaves the
 * envelope in the spool, or in memory where it is small. 400 with every mistake, 413 above `maxBytes`, 503 when it could
 * not be kept; nothing is left when it throws. Of a result that names its attempt and does not come all at once there is
 * a file from the first byte on.
 */
export async function receiveResult(
  body: Readable,
  spool: Spool,
  { maxBytes, announced, attempt, room, digest, receivedAt }: Reception,
): Promise<ReceivedResult> {
  const writer = new EnvelopeWriter(spool, attempt);
  try {
    const scanner = new EnvelopeScanner({
      capture: MEMBERS,
      onResult: (bytes) => {
        writer.take(bytes);
      },
    });
    const whole = bodyAtHand(body, maxBytes, announced);
    if (whole !== null) {
      room.take(whole.length);
      digest.update(whole);
      scanner.push(whole);
    } else {
      let left = Number(announced ?? Infinity);
      for await (const chunk of limitedChunks(body, maxBytes, announced)) {
        room.take(chunk.length);
        digest.update(chunk);
        left -= chunk.length;
        if (left > 0) await writer.begin();
        scanner.push(chunk);
        await writer.flush();
      }
    }
    digest.require();
    const head = checkMembers(scanner.finish(), receivedAt);
    return await writer.finish(head);
  } catch (error) {
    await writer.discard();
    if (!(error instanceof JsonScanError)) throw error;
    throw new ProblemError('bad-request', `The body is ${error.message}.`, [
      { path: '', code: 'malformed', message: error.message },
    ]);
  }
}

/** The same for an envelope of our own making. */
export function spoolEnvelope(envelope: Envelope, spool: Spool): Promise<ReceivedResult> {
  const { task_id, worker_id, metadata, received_at, result } = envelope;
  const head: ResultHead = {
    task_id: trustedTaskId(task_id),
    worker_id: worker_id === null ? null : trustedWorkerId(worker_id),
    metadata,
    received_at,
  };
  return spoolPieces(head, [Buffer.from(JSON.stringify(result))], spool);
}

/** The same where the result is made while it is written. @param pieces of its JSON, each a buffer of its own */
export async function spoolPieces(
  head: ResultHead,
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  spool: Spool,
): Promise<ReceivedResult> {
  const writer = new EnvelopeWriter(spool, null);
  try {
    for await (const piece of pieces) {
      writer.take(piece);
      await writer.flush();
    }
    return await writer.finish(head);
  } catch (error) {
    await writer.discard();
    throw error;
  }
}

/** Collects the bytes of `result`, hashes them, and puts the envelope around them. */
class EnvelopeWriter {
  private readonly hash: Hash = createHash('sha256');
  private pieces: Buffer[] = [];
  private size = 0;
  private file: SpoolFile | null = null;

  /** Whether anything of a large result is written, which then stands before the other members. */
  private isLarge = false;

  constructor(
    private readonly spool: Spool,
    private readonly attempt: AttemptId | null,
  ) {}

  /** More is to come. */
  async begin(): Promise<void> {
    if (this.attempt !== null) await this.open();
  }

  /** Follow with `flush` before much more is taken. */
  take(bytes: Buffer): void {
    this.hash.update(bytes);
    this.size += bytes.length;
    this.pieces.push(bytes);
  }

  async flush(): Promise<void> {
    if (this.size <= MEMORY_BYTES || this.pieces.length === 0) return;
    const file = await this.open();
    // The other members may come after the result, so in a large envelope they stand behind it.
    if (!this.isLarge) await file.write('{"result":');
    this.isLarge = true;
    const pieces = this.pieces;
    this.pieces = [];
    for (const piece of pieces) await file.write(piece);
  }

  async finish(head: ResultHead): Promise<ReceivedResult> {
    const { task_id, worker_id, metadata, received_at } = head;
    const members = JSON.stringify({ task_id, worker_id, metadata, received_at }).slice(1, -1);
    const { envelope, file } = await this.end(members);
    return {
      taskId: task_id,
      workerId: worker_id,
      resultId: randomUUID(),
      sha256: this.hash.digest('hex'),
      sizeBytes: this.size,
      envelope,
      file,
    };
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }

  /** @param members the JSON of all but the result, without braces */
  private async end(members: string): Promise<{ envelope: Buffer | null; file: SpoolFile }> {
    if (this.isLarge) {
      await this.flush();
      const file = await this.open();
      await file.write(`,${members}}`);
      return { envelope: null, file };
    }
    const envelope = Buffer.concat([Buffer.from(`{${members},"result":`), ...this.pieces, Buffer.from('}')]);
    this.pieces = [];
    if (this.file === null) return { envelope, file: this.spool.hold(envelope) };
    await this.file.write(envelope);
    return { envelope, file: this.file };
  }

  private async open(): Promise<SpoolFile> {
    this.file ??= await this.spool.create(this.attempt);
    return this.file;
  }
}

function checkMembers(summary: ScanSummary, receivedAt: string): ResultHead {
  if (summary.topLevel !== 'object') {
    throw new ProblemError('bad-request', 'The body is not a JSON object.', [
      { path: '', code: 'wrong_type', message: 'expected {"task_id", "result", ...}' },
    ]);
  }
  const issues: Issue[] = [];
  const values = new Map<string, unknown>();
  for (const [name, bytes] of summary.captured) {
    if (bytes !== null) values.set(name, JSON.parse(bytes.toString('utf8')));
    else
      issues.push({
        path: name,
        code: 'too_long',
        message: `at most ${String(MEMBERS.get(name))} bytes of JSON`,
      });
  }
  const tooLong = new Set(issues.map(({ path }) => path));
  const { head, issues: wrong } = checkHead(values);
  issues.push(...wrong.filter(({ path }) => !tooLong.has(path)));
  if (!summary.members.has('result')) {
    issues.push({ path: 'result', code: 'missing', message: 'expected the result of the task' });
  }
  if (issues.length > 0) throw new ProblemError('bad-request', 'The result has mistakes.', issues);
  return { ...head, received_at: head.received_at ?? receivedAt };
}
