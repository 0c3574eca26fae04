/** Which executor runs which `spec.taskType`. A new one is a file in this folder and a line here. */
import { echo } from './echo';
import { evaluate } from './evaluate';
import type { Executor } from './executor';
import { report } from './report';
import { train } from './train';

const EXECUTORS: ReadonlyMap<string, Executor> = new Map([
  ['echo', echo],
  ['train', train],
  ['inference', evaluate],
  ['report', report],
]);

/** The executor for a task type; throws a sentence that names those there are. */
export function executorFor(taskType: string): Executor {
  const executor = EXECUTORS.get(taskType);
  if (executor) return executor;
  const known = [...EXECUTORS.keys()].join(', ');
  throw new Error(`this worker has no executor for taskType "${taskType}"; it runs ${known}`);
}
