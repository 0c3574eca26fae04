/** How a command ends: what a script can rely on. */
import { ProblemError, UnreachableError } from '../problem';
import { WaitTimeoutError } from '../wait';

export const EXIT = {
  /** Done; with `wait`, every task is DONE. */
  ok: 0,
  /** A task that was waited for, or asked about with `status`, is FAILED or CANCELLED. */
  failed: 1,
  /** The command was not understood, or a file of its own cannot be read or written. */
  usage: 2,
  /** The service was not reached, or cannot take it now: the same command may succeed later. */
  unreachable: 3,
  /** The service says no: mistakes in the document, no such task, no valid token. */
  refused: 4,
  /** `--timeout` is over, and tasks have not ended. */
  timeout: 5,
} as const;

/** The command line has a mistake. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What a failure means for the caller; a fault of our own is thrown on. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UsageError || isFileError(error)) return EXIT.usage;
  if (error instanceof UnreachableError) return EXIT.unreachable;
  if (error instanceof ProblemError) return error.isTemporary ? EXIT.unreachable : EXIT.refused;
  if (error instanceof WaitTimeoutError) return EXIT.timeout;
  throw error;
}

/** What the system says of files; connections end as errors of the client. */
const isFileError = (error: unknown): boolean =>
  error instanceof Error && 'syscall' in error && 'errno' in error;
