/** Reads results on disk: our committed copies, and what workers leave on shared storage. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { FileHandle } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { openRegular, taskDirectories } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import type { TaskId } from '../core/ids';
import type { JsonValue } from '../core/json';
import type { Envelope, Task, TaskDocument } from '../core/model';
import { RESULT_FILE, ResultFiles } from './result-files';
import { Settler } from './settler';
import { fingerprintOf, SharedFiles } from './shared-storage';

/** Larger envelopes are stored and sent, but not taken apart in memory. */
const MAX_READ_BYTES = 256 * 1024 * 1024;
/** Envelopes that were taken here last: who comes next mostly asks for one of them. */
const RECENT_BYTES = 16 * 1024 * 1024;
const MAX_RECENT_BYTES = 256 * 1024;

/** So many are read before they are asked for, and kept for so long until they are. */
const MAX_AHEAD = 64;
const AHEAD_MS = 1_000;
const MAX_AHEAD_BYTES = 64 * 1024;

/** An envelope that can be read; `close` it, or read `stream` to its end. */
export interface OpenEnvelope {
  /** Bytes of the whole envelope. */
  length: number;
  stream(): Readable;
  close(): Promise<void>;
}

interface FoundFile {
  handle: FileHandle;
  stats: Stats;
  form: 'envelope' | 'bare';
  /** All of it, where it was read already. */
  content: Buffer | null;
}

/** Whose result is wanted: what is known of its task. */
export type ResultOf = Pick<Task, 'id' | 'resultId' | 'staleFiles'>;

/** Of a task that the store has lost: what lies on disk can be had all the same. */
export const ofUnknown = (id: TaskId): ResultOf => ({ id, resultId: null, staleFiles: [] });

@Injectable()
export class ResultStore {
  private readonly root: string;
  private readonly shared = new SharedFiles();
  private readonly recent = new LRUCache<TaskId, Buffer>({
    maxSize: RECENT_BYTES,
    maxEntrySize: MAX_RECENT_BYTES,
  });

  /** What is being read for those who wait for the task, while that it is done is being written down. */
  private readonly ahead = new LRUCache<TaskId, Promise<Envelope | null>>({ max: MAX_AHEAD, ttl: AHEAD_MS });

  constructor(
    config: AppConfig,
    private readonly files: ResultFiles,
    private readonly settler: Settler,
  ) {
    this.root = config.resultsDir;
  }

  /** @param envelope of the result that the task has taken, of which there is only one */
  remember(id: TaskId, envelope: Buffer): void {
    this.recent.set(id, envelope, { size: envelope.length });
  }

  /** It was deleted. */
  forget(id: TaskId): void {
    this.recent.delete(id);
    this.ahead.delete(id);
  }

  /**
   * The task's envelope: our committed copy, or what a worker left on shared storage; null when there is none that counts,
   * or it has more than `atMostBytes`. Throws `too-large` above 256 MiB.
   */
  async read(
    task: ResultOf,
    document: TaskDocument | null,
    atMostBytes = Infinity,
  ): Promise<Envelope | null> {
    const { id } = task;
    const recent = this.recent.get(id);
    if (recent !== undefined) {
      return recent.length > atMostBytes ? null : (JSON.parse(recent.toString('utf8')) as Envelope);
    }
    const ahead = await this.ahead.get(id);
    return ahead ?? (await this.envelopeIn(await this.find(task, document), id, atMostBytes));
  }

  /** Begins to read what a worker has left, which its task is about to be done with. */
  readAhead(task: ResultOf, document: TaskDocument | null): void {
    const reading = this.findLeft(task, document)
      .then((found) => this.envelopeIn(found, task.id, MAX_AHEAD_BYTES))
      .catch(() => null);
    this.ahead.set(task.id, reading);
  }

  private async envelopeIn(
    found: FoundFile | null,
    id: TaskId,
    atMostBytes: number,
  ): Promise<Envelope | null> {
    if (found === null) return null;
    const { handle, stats, form } = found;
    try {
      if (stats.size > atMostBytes) return null;
      if (stats.size > MAX_READ_BYTES) {
        throw new ProblemError(
          'too-large',
          `The result of task ${id} has ${String(stats.size)} bytes, too many to be used by another task.`,
        );
      }
      const bytes = found.content ?? (await readWhole(handle, stats.size));
      const value = JSON.parse(bytes.toString('utf8')) as JsonValue;
      return form === 'envelope' ? (value as Envelope) : { ...headOf(id, stats), result: value };
    } finally {
      await handle.close();
    }
  }

  /** Is there a result that counts? A file on shared storage is parsed once. */
  async has(task: ResultOf, document: TaskDocument | null): Promise<boolean> {
    if (this.recent.has(task.id)) return true;
    const found = await this.find(task, document);
    await found?.handle.close();
    return found !== null;
  }

  /** Fingerprints of result files now on shared storage that we did not commit: taken before a task goes out again. */
  async fingerprints(id: TaskId, document: TaskDocument | null): Promise<string[]> {
    const fingerprints: string[] = [];
    for (const directory of taskDirectories(this.root, id, document)) {
      const opened = await openRegular(this.root, directory, RESULT_FILE);
      if (opened === null) continue;
      await opened.handle.close();
      if (this.isOwn(id, directory) && (await this.files.isCommitted(id, opened.stats))) continue;
      fingerprints.push(fingerprintOf(this.root, directory, RESULT_FILE, opened.stats));
    }
    return fingerprints;
  }

  /** Like `read`, as a stream. */
  async open(task: ResultOf, document: TaskDocument | null): Promise<OpenEnvelope | null> {
    const found = await this.find(task, document);
    return found === null ? null : toOpenEnvelope(task.id, found);
  }

  /** Our committed copy alone, which can be had without asking the task store. */
  async openCommitted(id: TaskId): Promise<OpenEnvelope | null> {
    const found = await this.findOurs(id, true);
    return found === null ? null : toOpenEnvelope(id, found);
  }

  /**
   * Where the task has taken a result, that is looked for first; else what a worker left, since that is then all there
   * is, unless the task's state is older than what lies here.
   */
  private async find(task: ResultOf, document: TaskDocument | null): Promise<FoundFile | null> {
    const { id, resultId } = task;
    return resultId === null
      ? ((await this.findLeft(task, document)) ?? (await this.findOurs(id, false)))
      : ((await this.findOurs(id, false)) ?? (await this.findLeft(task, document)));
  }

  private async findLeft(
    { id, staleFiles }: ResultOf,
    document: TaskDocument | null,
  ): Promise<FoundFile | null> {
    for (const directory of taskDirectories(this.root, id, document)) {
      const opened = await openRegular(this.root, directory, RESULT_FILE);
      if (opened === null) continue;
      const { handle, stats } = opened;
      try {
        const fingerprint = fingerprintOf(this.root, directory, RESULT_FILE, stats);
        if (!staleFiles.includes(fingerprint)) {
          const { form, content } = await this.shared.judge(handle, stats, fingerprint, id);
          if (form !== 'none') return { handle, stats, form, content };
        }
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
    return null;
  }

  private async findOurs(id: TaskId, withoutRedis: boolean): Promise<FoundFile | null> {
    return (
      (await this.findBehind(id)) ??
      (await this.findCommitted(id)) ??
      (await this.findStaged(id, withoutRedis))
    );
  }

  private async findBehind(id: TaskId): Promise<FoundFile | null> {
    const path = this.settler.pathBehind(id);
    const opened = path === null ? null : await openRegular(this.root, dirname(path), basename(path));
    return opened === null ? null : { ...opened, form: 'envelope', content: null };
  }

  private async findCommitted(id: TaskId): Promise<FoundFile | null> {
    const opened = await openRegular(this.root, join(this.root, id), RESULT_FILE);
    if (opened === null) return null;
    const { handle, stats } = opened;
    try {
      if (await this.files.isCommitted(id, stats)) return { handle, stats, form: 'envelope', content: null };
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return null;
  }

  /** A result that the task has taken, and that a crash, or another replica's pace, has kept from its place so far. */
  private async findStaged(id: TaskId, withoutRedis: boolean): Promise<FoundFile | null> {
    if ((await this.files.staged(id)).length === 0) return null;
    if (withoutRedis) await this.files.committed(id);
    else await this.settler.settle(id);
    return await this.findCommitted(id);
  }

  private isOwn(id: TaskId, directory: string): boolean {
    return directory === join(this.root, id);
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

const CUT = 'the result was cut while it was read';

async function readWhole(handle: FileHandle, size: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(size);
  for (let at = 0; at < size;) {
    const { bytesRead } = await handle.read(bytes, at, size - at, at);
    if (bytesRead === 0) throw new Error(CUT);
    at += bytesRead;
  }
  return bytes;
}

/** A bare result is wrapped on the way: it is never held in memory. */
function toOpenEnvelope(id: TaskId, { handle, stats, form }: FoundFile): OpenEnvelope {
  const head = JSON.stringify(headOf(id, stats));
  const before = form === 'bare' ? Buffer.from(`${head.slice(0, -1)},"result":`) : Buffer.alloc(0);
  const after = form === 'bare' ? Buffer.from('}') : Buffer.alloc(0);
  async function* bytes(): AsyncGenerator<Buffer> {
    try {
      yield before;
      let left = stats.size;
      for await (const chunk of handle.createReadStream({
        start: 0,
        end: stats.size - 1,
        autoClose: false,
      }) as AsyncIterable<Buffer>) {
        left -= chunk.length;
        yield chunk;
      }
      // Breaking off says so; a length that does not fit would be taken for a whole answer.
      if (left !== 0) throw new Error(CUT);
      yield after;
    } finally {
      await handle.close();
    }
  }
  return {
    length: before.length + stats.size + after.length,
    stream: () => Readable.from(bytes(), { objectMode: false }),
    close: () => handle.close(),
  };
}
