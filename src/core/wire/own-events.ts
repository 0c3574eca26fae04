/** Our own lifecycle events, which go out on the workers' channels, and the mark by which we know them again. */
import type { TaskId } from '../ids';
import type { JsonObject } from '../json';

const SOURCE = 'orchestrator';

/** Events on `tasks.events` that no script announces: a script that changes a task's state announces that itself. */
interface OwnTaskEvents {
  TASK_AGGREGATED: { shards: number };
}

/**
 * The text of one of our events on `tasks.events`.
 * @param about `ts` is ISO 8601
 */
export function ownTaskEvent<K extends keyof OwnTaskEvents>(
  type: K,
  about: { taskId: TaskId; ts: string; fields: OwnTaskEvents[K] },
): string {
  return JSON.stringify({ type, source: SOURCE, task_id: about.taskId, ts: about.ts, ...about.fields });
}

/** Whether a decoded message is one that we sent. */
export const isOwnEvent = (event: JsonObject): boolean => event.source === SOURCE;
