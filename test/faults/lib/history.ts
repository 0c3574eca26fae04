/** What happened in a round, in order and never taken back: what the checker judges the service by. */
import { appendFileSync } from 'node:fs';
import { sharedClockMs } from './shared-clock';

/** How a task is meant to end; `any` where the faults of the row may rightly end it either way. */
export type Expectation = 'DONE' | 'FAILED' | 'any';

/** A task that a client was told is taken. */
export interface AcceptedTask {
  id: string;
  name: string;
  expects: Expectation;
  /** It posts its result to the service, signed by the attempt that made it. */
  isDelivered: boolean;
  /** What a task that may be spread must have in its merged result, once and in order. */
  items: readonly unknown[] | null;
}

export interface EndedTask {
  id: string;
  name: string;
  runId: string;
  status: string;
  attempt: number;
  retries: number;
  parentId: string | null;
  worker: string | null;
  error: string | null;
}

export interface FileOnDisk {
  name: string;
  size: number;
  sha256: string;
}

export interface ResultOnDisk {
  /** SHA-256 of the `result` member; null when the file is not a whole envelope of this task. */
  sha256: string | null;
  /** By which attempt the result is signed. */
  madeBy: string | null;
  /** SHA-256 of the file that the result says was saved with it. */
  savedSha256: string | null;
  /** Inputs of what was inferred, in order. */
  items: readonly unknown[] | null;
  /** Only in a merged result: the shards' own results. */
  shards: readonly { id: string; sha256: string }[] | null;
}

interface Kinds {
  /** Answer to a submission; status null: none came. `count`: tasks of the document. */
  submitted: { name: string; count: number; status: number | null; tasks: AcceptedTask[] };
  /** A worker is about to post a result (name null) or a file; it may not live to tell the answer. */
  sending: { taskId: string; attemptId: string | null; name: string | null; sha256: string };
  /** Answer to a result that a worker or client posted, sent at `sentAt`. */
  posted: {
    taskId: string;
    attemptId: string | null;
    sha256: string;
    status: number | null;
    sentAt: number;
    why: string;
  };
  uploaded: {
    taskId: string;
    attemptId: string | null;
    name: string;
    sha256: string;
    status: number | null;
    sentAt: number;
    why: string;
  };
  /** A dispatch message as it went over the channel. */
  dispatched: { taskId: string; worker: string; attempt: number; attemptId: string };
  /** A worker took it. */
  received: { taskId: string; worker: string; attemptId: string; busy: boolean };
  /** A worker came to its end with a task. */
  finished: { taskId: string; worker: string; attemptId: string | null; type: string; error: string | null };
  /** A lifecycle event of the service on `tasks.events`. */
  heard: { type: string; taskId: string; status: string | null; parentId: string | null };
  /** Answer to the wish to delete what a task has stored; status null: none came. */
  deleted: { taskId: string; status: number | null; why: string };
  /** What a reader got: of a result or a file, whole or not. Only when it differs from what it got before. */
  read: {
    taskId: string;
    name: string | null;
    status: number;
    sha256: string | null;
    isWhole: boolean;
    askedAt: number;
  };
  /** `spoolBytes`: below `.spool` on the results volume. */
  sample: { service: string; rssBytes: number; descriptors: number; spoolBytes: number; redisBytes: number };
  fault: { what: string };
  /** A service process ended without the time to tidy up. */
  crashed: { service: string };
  /** From here on nothing fails any more. */
  healed: object;
  /** Redis came back without its last writes; what was stored on disk before stands. */
  writesLost: object;
  /** The end of the round: records, files and what is left in indexes and in the spool. */
  ended: {
    tasks: EndedTask[];
    results: Record<string, ResultOnDisk>;
    files: Record<string, FileOnDisk[]>;
    leftInRedis: Record<string, number>;
    leftInSpool: string[];
  };
}

export type EntryKind = keyof Kinds;
export type Entry<K extends EntryKind = EntryKind> = { [P in K]: { at: number; kind: P } & Kinds[P] }[K];
/** An entry without its time, as a recorder gives it. */
export type Happening<K extends EntryKind = EntryKind> = { [P in K]: { kind: P } & Kinds[P] }[K];

export class History {
  private readonly kept: Entry[] = [];

  get entries(): readonly Entry[] {
    return this.kept;
  }

  add(happening: Happening, at = sharedClockMs()): void {
    this.kept.push({ at, ...happening });
  }

  of<K extends EntryKind>(kind: K): Entry<K>[] {
    return this.kept.filter((entry) => entry.kind === kind) as Entry<K>[];
  }

  /** One JSON line each. */
  writeTo(path: string): void {
    for (const entry of this.kept) appendFileSync(path, `${JSON.stringify(entry)}\n`);
  }
}
