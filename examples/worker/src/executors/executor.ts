/** What an executor is given and what it returns. */
import type { JsonObject } from '../protocol';

export interface TaskContext {
  taskId: string;
  /** The document's `spec`, templates resolved. */
  spec: JsonObject;
  /** Aborted when the worker stops; long loops look at it. */
  signal: AbortSignal;
  log: (text: string) => void;
  /**
   * Hands a file over to whoever comes next: by HTTP when the result goes there, else beside the result.
   * The answer is its URL or path; null when it could not be uploaded, which is no reason to fail a task.
   */
  publishFile: (name: string, bytes: Uint8Array<ArrayBuffer>) => Promise<string | null>;
}

/** Runs one task. What it returns is the task's result; what it throws fails the task. */
export type Executor = (context: TaskContext) => Promise<JsonObject>;
