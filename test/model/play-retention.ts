/** Takes the steps of a history that are about what is kept of ended tasks. */
import { KEY } from '../../src/redis/keys';
import { isOpen, type ModelTask } from './model';
import { pick, type Stage } from './stage';
import type { Steps } from './steps';

type Does = Steps['retention']['does'];

/** Which tasks a step is usually about. */
const FITTING: Record<Does, (task: ModelTask) => boolean> = {
  deletes: (task) => !isOpen(task) && task.deleted === null,
  'clears the disk': ({ deleted }) => deleted !== null,
  forgets: ({ deleted }) => deleted !== null,
  measures: (task) => !isOpen(task),
  indexes: (task) => !isOpen(task),
  looks: () => true,
};

export async function retention(stage: Stage, step: Steps['retention']): Promise<void> {
  const { world } = stage;
  const id = pick(stage.tasksThat(step.wild ? () => true : FITTING[step.does]), step.task);
  if (id === undefined) return;
  const epoch = step.byRequest ? '' : stage.replica(step.replica).epoch;
  const settled = step.settled ? '1' : '0';
  stage.tell(`retention ${step.does} ${id}`);
  const steps: Record<Does, () => Promise<unknown>> = {
    deletes: () => world.run('begin-deletion', { epoch, task_id: id, cause: 'ttl', settled }),
    'clears the disk': () => {
      world.model.deleting.delete(id);
      return world.outside(world.client.zrem(KEY.deleting, id));
    },
    forgets: () => world.run('forget-task', { epoch, task_id: id }),
    measures: () => world.run('note-size', { task_id: id, bytes: String(100 + step.task) }),
    indexes: () => world.run('index-ended', { task_ids_json: JSON.stringify([id]) }),
    looks: () => world.run('check-deletion', { task_id: id }),
  };
  await steps[step.does]();
}
