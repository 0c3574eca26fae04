/** Log lines that name tasks, of which there may be thousands. */
import type { Logger } from '@nestjs/common';
import type { TaskId } from '../core/ids';

const NAMED = 20;

/** How many, and the ids of the first. */
export function named(ids: readonly TaskId[]): { count: number; task_ids: TaskId[] } {
  return { count: ids.length, task_ids: ids.slice(0, NAMED) };
}

/** They were in the queue, and Redis does not know them: no other word of them may ever be said. */
export function logLost(logger: Logger, ids: readonly TaskId[]): void {
  logger.error(
    named(ids),
    'what waited for a worker is gone with what Redis lost; it has to be submitted again',
  );
}
