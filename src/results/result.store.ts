/** Results on disk: our committed copies, and what workers leave on shared storage. */
import { Injectable } from '@nestjs/common';
import { link, type FileHandle, readFile, rename, rm, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { Spool, type SpoolFile, syncDirectory } from '../artifacts/spool';
import {
  ensureTaskDirectory,
  openRegular,
  orNull,
  OWN_DIRECTORY,
  taskDirectories,
} from '../artifacts/task-directory';
import { TaskMutex } from '../artifacts/task-mutex';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { trustedTaskId, type TaskId } from '../core/ids';
import type { Envelope, TaskDocument } from '../core/model';
import { isAbout, parseResultRecord, type ResultRecord } from './result-record';
import { fingerprintOf, SharedFiles } from './shared-storage';
import { EnvelopeWriter } from './staged-result';

const RESULT_FILE = 'responses.json';
const RECORD_FILE = 'result.json';
/** Larger envelopes are stored and sent, but not taken apart in memory. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

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
}

/** What is to be remembered of a result that is being put in place. */
export type ResultFacts = Omit<ResultRecord, 'file'>;

@Injectable()
export class ResultStore {
  private readonly root: string;
  private readonly shared = new SharedFiles();

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
    private readonly mutex: TaskMutex,
  ) {
    this.root = config.resultsDir;
  }

  /**
   * Envelope from our committed copy, else from shared storage; null when there is none that counts. `ignore`:
   * fingerprints of files that were there before the current attempt's dispatch. Throws `too-large` above 256 MiB.
   */
  async read(
    id: TaskId,
    document: TaskDocument | null,
    ignore: readonly string[] = [],
  ): Promise<Envelope | null> {
    const open = await this.open(id, document, ignore);
    if (open === null) return null;
    if (open.length > MAX_READ_BYTES) {
      await open.close();
      throw new ProblemError(
        'too-large',
        `The result of task ${id} has ${String(open.length)} bytes, too many to be used by another task.`,
      );
    }
    const chunks: Buffer[] = [];
    for await (const chunk of open.stream() as AsyncIterable<Buffer>) chunks.push(chunk);
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as Envelope;
  }

  /** Is there a result that counts? A file on shared storage is parsed once. */
  async has(id: TaskId, document: TaskDocument | null, ignore: readonly string[] = []): Promise<boolean> {
    const found = await this.find(id, document, ignore, false);
    await found?.handle.close();
    return found !== null;
  }

  /** Bytes of the envelope; 0 when there is none that counts. */
  async sizeOf(id: TaskId, document: TaskDocument | null, ignore: readonly string[] = []): Promise<number> {
    const open = await this.open(id, document, ignore);
    await open?.close();
    return open?.length ?? 0;
  }

  /** Fingerprints of result files now on shared storage that we did not commit: taken before a task goes out again. */
  async fingerprints(id: TaskId, document: TaskDocument | null): Promise<string[]> {
    const fingerprints: string[] = [];
    for (const directory of taskDirectories(this.root, id, document)) {
      const opened = await openRegular(this.root, directory, RESULT_FILE);
      if (opened === null) continue;
      await opened.handle.close();
      if (await this.isCommitted(directory, opened.stats)) continue;
      fingerprints.push(fingerprintOf(this.root, directory, RESULT_FILE, opened.stats));
    }
    return fingerprints;
  }

  /** Like `read`, as a stream; for our committed copy alone when `document` is `committed`. */
  async open(
    id: TaskId,
    document: TaskDocument | null | 'committed',
    ignore: readonly string[] = [],
  ): Promise<OpenEnvelope | null> {
    const committedOnly = document === 'committed';
    const found = await this.find(id, committedOnly ? null : document, ignore, committedOnly);
    return found === null ? null : toOpenEnvelope(id, found);
  }

  /** Writes an envelope as the task's committed result; returns SHA-256 and size of the `result` member's bytes. */
  async write(envelope: Envelope): Promise<{ sha256: string; sizeBytes: number }> {
    const { result, ...head } = envelope;
    const writer = new EnvelopeWriter(this.spool);
    try {
      writer.take(Buffer.from(JSON.stringify(result)));
      const { file, sha256, sizeBytes } = await writer.finish(head);
      const { worker_id, received_at } = head;
      const facts: ResultFacts = { sha256, sizeBytes, worker_id, received_at, attempt_id: null };
      const id = trustedTaskId(envelope.task_id);
      await this.mutex.run(id, () => this.place(id, file, facts, () => Promise.resolve('committed')));
      return { sha256, sizeBytes };
    } finally {
      await writer.discard();
    }
  }

  /**
   * Puts a sealed envelope in place, then asks `settle` whether the task takes it. When it does not, what was there
   * before is put back. The caller holds the task's mutex.
   */
  async place<Outcome extends string>(
    id: TaskId,
    file: SpoolFile,
    facts: ResultFacts,
    settle: () => Promise<Outcome | 'refused'>,
  ): Promise<Outcome | 'refused'> {
    const directory = await ensureTaskDirectory(this.root, id);
    const target = join(directory, RESULT_FILE);
    const previous = await this.setAside(target);
    try {
      await file.placeAt(target);
      const { ino, mtimeMs, size } = await stat(target);
      // A crash here leaves an envelope without its record, which counts like one on shared storage.
      const outcome = await settle();
      if (outcome !== 'refused') {
        const record: ResultRecord = { ...facts, file: { ino, mtimeMs, size } };
        await this.spool.put(join(directory, OWN_DIRECTORY, RECORD_FILE), JSON.stringify(record));
        return outcome;
      }
      if (previous === null) await rm(target, { force: true });
      else await rename(previous, target);
      await syncDirectory(directory);
      return outcome;
    } finally {
      if (previous !== null) await rm(previous, { force: true });
    }
  }

  /** A second name for the file that is about to be replaced; null when there is none, or the volume has no links. */
  private async setAside(target: string): Promise<string | null> {
    const aside = await this.spool.reserve();
    try {
      await link(target, aside);
      return aside;
    } catch {
      return null;
    }
  }

  private async find(
    id: TaskId,
    document: TaskDocument | null,
    ignore: readonly string[],
    committedOnly: boolean,
  ): Promise<FoundFile | null> {
    for (const directory of taskDirectories(this.root, id, document)) {
      const opened = await openRegular(this.root, directory, RESULT_FILE);
      if (opened === null) continue;
      const { handle, stats } = opened;
      try {
        if (await this.isCommitted(directory, stats)) return { handle, stats, form: 'envelope' };
        const fingerprint = fingerprintOf(this.root, directory, RESULT_FILE, stats);
        if (!committedOnly && !ignore.includes(fingerprint)) {
          const form = await this.shared.formOf(handle, stats, fingerprint, id);
          if (form !== 'none') return { handle, stats, form };
        }
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
    return null;
  }

  private async isCommitted(directory: string, stats: Stats): Promise<boolean> {
    const text = await orNull(readFile(join(directory, OWN_DIRECTORY, RECORD_FILE), 'utf8'));
    const record = text === null ? null : parseResultRecord(text);
    return record !== null && isAbout(record, stats);
  }
}

/** A bare result is wrapped on the way: it is never held in memory. */
function toOpenEnvelope(id: TaskId, { handle, stats, form }: FoundFile): OpenEnvelope {
  const head = { task_id: id, worker_id: null, metadata: null, received_at: stats.mtime.toISOString() };
  const before =
    form === 'bare' ? Buffer.from(`${JSON.stringify(head).slice(0, -1)},"result":`) : Buffer.alloc(0);
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
      if (left !== 0) throw new Error('the result was cut while it was read');
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
