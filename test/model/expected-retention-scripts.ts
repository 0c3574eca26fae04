/** What each script on the retention of ended tasks is expected to answer, and what it makes of the model. */
import type { ScriptName } from '../../src/redis/script-contracts';
import { ANY, deposed, type Expect, type ExpectedAnswer } from './expected-task-scripts';
import { isOpen, isUnsettled, type Model } from './model';

/** Why its files cannot be deleted; null when they can. */
function obstacleTo(model: Model, id: string): ExpectedAnswer | null {
  const task = model.tasks.get(id);
  if (!task) return ['unknown'];
  if (isOpen(task)) return ['open', task.status];
  if (task.deleted !== null) return ['deleted', ANY];
  const parent = task.parent === null ? undefined : model.tasks.get(task.parent);
  if (parent && isOpen(parent)) return ['needed', task.parent!, 'parent'];
  for (const made of task.parent === null ? [id] : [id, task.parent]) {
    if (model.delivering.has(made)) return ['needed', made, 'delivery'];
    const open = openDependentOf(model, made);
    if (open !== null) return ['needed', open, 'dependent'];
  }
  return null;
}

/** The nearest, and of those the latest, by way of tasks that are DONE. */
function openDependentOf(model: Model, id: string): string | null {
  const seen = new Set([id]);
  for (const made of seen) {
    for (const dependent of model.tasks.get(made)?.dependents.toReversed() ?? []) {
      const found = model.tasks.get(dependent);
      if (found !== undefined && isOpen(found)) return dependent;
      if (found?.status === 'DONE') seen.add(dependent);
    }
  }
  return null;
}

export const expectedRetentionScripts = {
  'begin-deletion': (model, args) => {
    if (deposed(model, args.epoch)) return ['not_leader'];
    const obstacle = obstacleTo(model, args.task_id);
    if (obstacle) return obstacle;
    const task = model.tasks.get(args.task_id)!;
    if (args.settled !== '1' && isUnsettled(task) && !model.settled.has(args.task_id)) return ['unsettled'];
    const bytes = task.storedBytes;
    // `indexed` is what the index says, which it is out of now.
    Object.assign(task, { deleted: args.cause, storedBytes: null, indexed: false });
    model.deleting.add(args.task_id);
    return ['begun', bytes === null ? '' : String(bytes)];
  },

  'check-deletion': (model, args) => {
    const bytes = model.tasks.get(args.task_id)?.storedBytes ?? null;
    return obstacleTo(model, args.task_id) ?? ['free', bytes === null ? '' : String(bytes)];
  },

  'forget-task': (model, args) => {
    if (deposed(model, args.epoch)) return ['not_leader'];
    const task = model.tasks.get(args.task_id);
    if (!task) return ['unknown'];
    if (task.deleted === null || model.deleting.has(args.task_id)) return ['not_deleted'];
    model.tasks.delete(args.task_id);
    model.settled.delete(args.task_id);
    const left = model.runs.get(task.run)! - 1;
    if (left > 0) model.runs.set(task.run, left);
    else model.runs.delete(task.run);
    return ['forgotten'];
  },

  'index-ended': (model, args) => {
    for (const id of JSON.parse(args.task_ids_json) as string[]) {
      const task = model.tasks.get(id);
      if (task && !isOpen(task) && task.deleted === null) task.indexed = true;
    }
    return ['indexed'];
  },

  'note-size': (model, args) => {
    const task = model.tasks.get(args.task_id);
    if (!task || isOpen(task) || task.deleted !== null) return ['conflict'];
    task.storedBytes = Number(args.bytes);
    return ['applied', ANY];
  },
} satisfies { [N in ScriptName]?: Expect<N> };
