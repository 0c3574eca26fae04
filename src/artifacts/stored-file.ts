/** Files of a task as readers see them. */
import type { Readable } from 'node:stream';
import { ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';

export interface StoredFile {
  /** Of one in a directory, its path below `directory`, with slashes. */
  name: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
  /** ISO 8601: when it was uploaded, or last written on shared storage. */
  time: string;
  /** Where this process reads it, in object storage with a slash at the end; never shown to clients. */
  directory: string;
  mtimeMs: number;
  /** It came over HTTP, as opposed to shared storage. */
  uploaded: boolean;
  /** The attempt that an upload said it is of. */
  attemptId: string | null;
  /** What object storage calls these very bytes; null on the volume. */
  etag: string | null;
}

/**
 * Something in a task's directories that is none of its files, and why: a link, what cannot be read or the like, or a name that none can have.
 * Of a directory, nothing that is in it is listed; with `too_many`, not all. `.` is the task's own.
 */
export interface LeftOut {
  name: string;
  why: 'not_a_file' | 'name' | 'unfinished' | 'too_many';
}

export const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);

/** A file that is being read. */
export interface OpenFile {
  /** All of it; fails when the file is shorter than it was. `close` it all the same. */
  stream(): Readable;
  close(): Promise<void>;
}

/** A received file on the way to its place. */
export interface Placing {
  /**
   * Puts it in place under its name, whole or not at all, replacing what is there. Of a task that is done nothing is
   * replaced: EEXIST, or 409, where another replica was faster. 409 where it cannot lie. false: what was done ahead was
   * for another shelf, and is to be done again.
   */
  put(shelf: Shelf): Promise<boolean>;
  /** However it ended: nothing is left of what was done ahead. */
  end(): Promise<void>;
}

/** Where uploads go: among the task's own files, or with those of an attempt that is not known to win yet. */
export interface Shelf {
  id: TaskId;
  attempt: AttemptId | null;
  /** The task is: nothing that is there is replaced. */
  isDone: boolean;
}

/** Another file is there under this name, and the task has ended. */
export const nameTaken = (id: TaskId, filename: string): ProblemError =>
  new ProblemError('conflict', `Task ${id} is done and has another file named ${filename}.`);
