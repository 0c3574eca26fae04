/** A posted result on its way in: checked while it streams, its `result` bytes copied as they are. */
import { createHash, type Hash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { type Issue, ProblemError } from '../core/errors';
import type { TaskId, WorkerId } from '../core/ids';
import type { Spool, SpoolFile } from '../artifacts/spool';
import { limitedChunks } from '../http/read-body';
import { checkHead } from './result-head';
import { EnvelopeScanner, JsonScanError, type ScanSummary } from './envelope-scan';

export interface StagedResult {
  taskId: TaskId;
  workerId: WorkerId | null;
  receivedAt: string;
  /** Of the bytes of the `result` member, hex. */
  sha256: string;
  sizeBytes: number;
  /** The whole envelope, sealed; the receiver places or discards it. */
  file: SpoolFile;
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

/** Everything of an envelope but its result. */
export interface EnvelopeHead {
  task_id: string;
  worker_id: string | null;
  metadata: unknown;
  received_at: string | null;
}

/**
 * Reads a body `{"task_id","result","worker_id"?,"metadata"?,"received_at"?}` in constant memory and leaves the
 * envelope in the spool. 400 with every mistake, 413 above `maxBytes`; nothing is left when it throws.
 */
export async function receiveResult(
  body: Readable,
  spool: Spool,
  maxBytes: number,
  announced?: string,
): Promise<StagedResult> {
  const writer = new EnvelopeWriter(spool);
  try {
    const scanner = new EnvelopeScanner({
      capture: MEMBERS,
      onResult: (bytes) => {
        writer.take(bytes);
      },
    });
    for await (const chunk of limitedChunks(body, maxBytes, announced)) {
      scanner.push(chunk);
      await writer.flush();
    }
    const { head, workerId, taskId, receivedAt } = checkMembers(scanner.finish());
    const { file, sha256, sizeBytes } = await writer.finish(head);
    return { taskId, workerId, receivedAt, sha256, sizeBytes, file };
  } catch (error) {
    await writer.discard();
    if (!(error instanceof JsonScanError)) throw error;
    throw new ProblemError('bad-request', `The body is ${error.message}.`, [
      { path: '', code: 'malformed', message: error.message },
    ]);
  }
}

/** Collects the bytes of `result`, hashes them, and puts the envelope around them. */
export class EnvelopeWriter {
  private readonly hash: Hash = createHash('sha256');
  private pieces: Buffer[] = [];
  private size = 0;
  private file: SpoolFile | null = null;

  constructor(private readonly spool: Spool) {}

  /** Follow with `flush` before much more is taken. */
  take(bytes: Buffer): void {
    this.hash.update(bytes);
    this.size += bytes.length;
    this.pieces.push(bytes);
  }

  async flush(): Promise<void> {
    if (this.size <= MEMORY_BYTES || this.pieces.length === 0) return;
    if (this.file === null) {
      this.file = await this.spool.create();
      // The other members may come after the result, so in a large envelope they stand behind it.
      await this.file.write('{"result":');
    }
    const pieces = this.pieces;
    this.pieces = [];
    for (const piece of pieces) await this.file.write(piece);
  }

  async finish(head: EnvelopeHead): Promise<{ file: SpoolFile; sha256: string; sizeBytes: number }> {
    const { task_id, worker_id, metadata, received_at } = head;
    const members = JSON.stringify({ task_id, worker_id, metadata, received_at }).slice(1, -1);
    if (this.file === null) {
      this.file = await this.spool.create();
      await this.file.write(
        Buffer.concat([Buffer.from(`{${members},"result":`), ...this.pieces, Buffer.from('}')]),
      );
      this.pieces = [];
    } else {
      await this.flush();
      await this.file.write(`,${members}}`);
    }
    await this.file.seal();
    return { file: this.file, sha256: this.hash.digest('hex'), sizeBytes: this.size };
  }

  async discard(): Promise<void> {
    await this.file?.discard();
  }
}

interface Members {
  head: EnvelopeHead;
  taskId: TaskId;
  workerId: WorkerId | null;
  receivedAt: string;
}

function checkMembers(summary: ScanSummary): Members {
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
  const { head, issues: wrong } = checkHead(Object.fromEntries(values));
  issues.push(...wrong.filter(({ path }) => !tooLong.has(path)));
  if (!summary.members.has('result')) {
    issues.push({ path: 'result', code: 'missing', message: 'expected the result of the task' });
  }
  if (issues.length > 0) throw new ProblemError('bad-request', 'The result has mistakes.', issues);
  const { task_id: taskId, worker_id: workerId = null } = head;
  const receivedAt = head.received_at ?? new Date().toISOString();
  return {
    // As it was sent: the checked copy leaves out keys such as `constructor`.
    head: {
      task_id: taskId,
      worker_id: workerId,
      metadata: values.get('metadata') ?? null,
      received_at: receivedAt,
    },
    taskId,
    workerId,
    receivedAt,
  };
}
