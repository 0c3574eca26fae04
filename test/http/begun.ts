/** A deletion as a crash leaves it that comes right after its first step: said in Redis, and nothing done on disk. */
import type { TaskId } from '../../src/core/ids';
import { BY_REQUEST, TaskRetention } from '../../src/tasks/task-retention';
import type { HttpApp } from './app';

export async function beginDeletion(app: HttpApp, id: TaskId): Promise<void> {
  const [answer] = await app.nest.get(TaskRetention).begin(id, 'request', BY_REQUEST, false);
  if (answer !== 'begun') throw new Error(`the deletion of task ${id} could not be begun: ${answer}`);
}
