/** Files of tasks: what the rest of the service asks of them, wherever they are kept. */
import type { Request, Response } from 'express';
import type { TaskId } from '../core/ids';
import type { DeletionCause, TaskDocument } from '../core/model';
import type { ReceivedFile } from './receive-stream';
import type { LeftOut, OpenFile, Placing, Shelf, StoredFile } from './stored-file';

export abstract class ArtifactStore {
  /** Others than the service write there, and tell nobody. */
  abstract readonly changesUnseen: boolean;

  /**
   * One file as readers see it, or null; a link, a directory or a file that is being written is none. While the task is
   * open, what its current attempt uploaded is seen first.
   */
  abstract find(id: TaskId, name: string, document: TaskDocument | null): Promise<StoredFile | null>;
  /** The same files by name, and what lies beside them. */
  abstract survey(
    id: TaskId,
    document: TaskDocument | null,
  ): Promise<{ files: StoredFile[]; leftOut: LeftOut[] }>;
  /** All files by name, seen the same way. */
  abstract list(id: TaskId, document: TaskDocument | null): Promise<StoredFile[]>;
  /** The file that an upload of this name would replace, or null. */
  abstract findOn(shelf: Shelf, name: string, document: TaskDocument | null): Promise<StoredFile | null>;
  /**
   * Does ahead what takes long of putting a received file in place, and is seen by nobody: it may be decided after it that
   * it has no place. @param shelf where it is to go as things are, asked only where that is needed; null: it is there
   */
  abstract begin(received: ReceivedFile, shelf: () => Promise<Shelf | null>): Promise<Placing>;
  /**
   * Takes everything of an ended task from its places, result and files nobody listed included: at once, and whole in
   * each of them. Doing it again changes nothing. The room that it took is free when `reclaim` has ended.
   */
  abstract removeAll(id: TaskId, document: TaskDocument | null, cause: DeletionCause): Promise<void>;
  /** Frees the room of what was removed, by whichever replica. */
  abstract reclaim(): Promise<void>;
  /** Bytes of all that `removeAll` would take. */
  abstract sizeOf(id: TaskId, document: TaskDocument | null): Promise<number>;
  /** What was saved of the task's manifest last; null when there is none. It is ours, and none of the files. */
  abstract readManifest(id: TaskId): Promise<string | null>;
  abstract saveManifest(id: TaskId, text: string): Promise<void>;
  /** For reading; null when it is gone, or another one than it was when it was found. */
  abstract open(file: StoredFile): Promise<OpenFile | null>;
  /** As a download. Ends when the answer is out or the client is gone; 404, 412 or 416 before anything was sent. */
  abstract send(request: Request, response: Response, file: StoredFile): Promise<void>;
}
