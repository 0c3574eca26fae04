/** Reads results: our committed copies, and what workers leave on shared storage. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import type { TaskId } from '../core/ids';
import type { Envelope, TaskDocument } from '../core/model';
import { type EnvelopeFile, givenEnvelope, type GivenResult, OpenEnvelope } from './open-envelope';
import { LeftResults, type ResultOf } from './left-results';
import { ResultFiles } from './result-files';
import { Settler } from './settler';

/** Larger envelopes are not parsed: what is asked for is read out of them. Some 40 ms of the event loop. */
export const MOST_PARSED_BYTES = 4 * 1024 * 1024;
/** Envelopes that were taken here last: who comes next mostly asks for one of them. */
const RECENT_BYTES = 16 * 1024 * 1024;
const MAX_RECENT_BYTES = 256 * 1024;

/** So many are read before they are asked for, and kept for so long until they are. */
const MAX_AHEAD = 64;
const AHEAD_MS = 1_000;
const MAX_AHEAD_BYTES = 64 * 1024;

@Injectable()
export class ResultStore {
  private readonly recent = new LRUCache<TaskId, Buffer>({
    maxSize: RECENT_BYTES,
    maxEntrySize: MAX_RECENT_BYTES,
  });

  /** What is being read for those who wait for the task, while that it is done is being written down. */
  private readonly ahead = new LRUCache<TaskId, Promise<{ bytes: number; given: GivenResult } | null>>({
    max: MAX_AHEAD,
    ttl: AHEAD_MS,
  });

  constructor(
    private readonly files: ResultFiles,
    private readonly left: LeftResults,
    private readonly settler: Settler,
  ) {}

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
   * The task's envelope: our committed copy, or what a worker left on shared storage; null when there is none that counts.
   * @param isSmall by its bytes, whether all of it is to be parsed; if not, it is open and the caller's to close
   */
  async read(
    task: ResultOf,
    document: TaskDocument | null,
    isSmall: (bytes: number) => boolean,
  ): Promise<Envelope | OpenEnvelope | null> {
    const found = await this.readGiven(task, document, isSmall);
    return found === null || found instanceof OpenEnvelope ? found : found.envelope;
  }

  /** The same, with its digest where it is parsed. */
  async readGiven(
    task: ResultOf,
    document: TaskDocument | null,
    isSmall: (bytes: number) => boolean,
  ): Promise<GivenResult | OpenEnvelope | null> {
    const { id } = task;
    const recent = this.recent.get(id);
    if (recent !== undefined && isSmall(recent.length)) return givenEnvelope(recent, null);
    const ahead = await this.ahead.get(id);
    if (ahead !== undefined && ahead !== null && isSmall(ahead.bytes)) return ahead.given;
    const open = await this.open(task, document);
    return open === null || !isSmall(open.length) ? open : await parsed(open);
  }

  /** Begins to read what a worker has left, which its task is about to be done with. */
  readAhead(task: ResultOf, document: TaskDocument | null): void {
    const reading = this.left
      .findFresh(task, document)
      .then(async (found) => {
        if (found === null) return null;
        const open = new OpenEnvelope(task.id, found);
        if (open.length <= MAX_AHEAD_BYTES) return { bytes: open.length, given: await parsed(open) };
        await open.close();
        return null;
      })
      .catch(() => null);
    this.ahead.set(task.id, reading);
  }

  /** Is there a result that counts? A file on shared storage is parsed once. */
  async has(task: ResultOf, document: TaskDocument | null): Promise<boolean> {
    if (this.recent.has(task.id)) return true;
    const ahead = await this.ahead.get(task.id);
    if (ahead !== undefined && ahead !== null) return true;
    const found = await this.find(task, document);
    await found?.source.close();
    return found !== null;
  }

  /** Fingerprints of result files now on shared storage that we did not commit: taken before a task goes out again. */
  fingerprints(id: TaskId, document: TaskDocument | null): Promise<string[]> {
    return this.left.fingerprints(id, document);
  }

  /** Like `read`, never parsed. The caller closes it. */
  async open(task: ResultOf, document: TaskDocument | null): Promise<OpenEnvelope | null> {
    const found = await this.find(task, document);
    return found === null ? null : new OpenEnvelope(task.id, found);
  }

  /** Our committed copy alone, which can be had without asking the task store. */
  async openCommitted(id: TaskId): Promise<OpenEnvelope | null> {
    const found = await this.findOurs(id, true);
    return found === null ? null : new OpenEnvelope(id, found);
  }

  /**
   * Where the task has taken a result, that is looked for first; else what a worker left, since that is then all there
   * is, unless the task's state is older than what lies here.
   */
  private async find(task: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null> {
    const { id, resultId } = task;
    return resultId === null
      ? ((await this.left.find(task, document)) ?? (await this.findOurs(id, false)))
      : ((await this.findOurs(id, false)) ?? (await this.left.find(task, document)));
  }

  private async findOurs(id: TaskId, withoutRedis: boolean): Promise<EnvelopeFile | null> {
    return (
      (await this.findBehind(id)) ??
      (await this.files.openCommitted(id)) ??
      (await this.findStaged(id, withoutRedis))
    );
  }

  private async findBehind(id: TaskId): Promise<EnvelopeFile | null> {
    const staged = this.settler.behindOf(id);
    return staged === null ? null : await this.files.openStaged(id, staged);
  }

  /** A result that the task has taken, and that a crash, or another replica's pace, has kept from its place so far. */
  private async findStaged(id: TaskId, withoutRedis: boolean): Promise<EnvelopeFile | null> {
    if ((await this.files.staged(id)).length === 0) return null;
    if (withoutRedis) await this.files.committed(id);
    else await this.settler.settle(id);
    return await this.files.openCommitted(id);
  }
}

async function parsed(open: OpenEnvelope): Promise<GivenResult> {
  try {
    return await open.parse();
  } finally {
    await open.close();
  }
}
