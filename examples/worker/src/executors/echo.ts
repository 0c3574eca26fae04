/**
 * `taskType: echo`: gives back what it was given. `spec.echo` may hold anything; `spec.data.items` come back one
 * by one; `spec.delaySec` waits, `spec.fail` fails. Good for trying out pipelines.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { JsonObject } from '../protocol';
import { objectAt } from '../protocol';
import type { TaskContext } from './executor';

/** Longest `delaySec`: an hour. */
const MAX_DELAY_SEC = 3_600;

export async function echo({ spec, signal, log }: TaskContext): Promise<JsonObject> {
  if (typeof spec.delaySec === 'number' && spec.delaySec > 0) {
    log(`waits ${String(spec.delaySec)} s`);
    await sleep(Math.min(spec.delaySec, MAX_DELAY_SEC) * 1000, undefined, { signal });
  }
  if (typeof spec.fail === 'string') throw new Error(spec.fail);
  const items = objectAt(spec, 'data').items;
  return {
    echo: spec.echo ?? null,
    items: Array.isArray(items) ? items.map((item) => ({ output: item })) : [],
  };
}
