/** Which rows of the digits a task is about. */
import { type SplitName, splitSize } from '../model/digits';
import { parseSplit, shareOf } from '../model/split';
import { type JsonObject, objectAt } from '../protocol';

export interface DigitSlice {
  split: SplitName;
  /** Rows `from` (inclusive) to `to` (exclusive). */
  from: number;
  to: number;
}

/**
 * `data.split` says it all where it is given: a shard's is cut already. Without it `spec.shard` says which part
 * of the default split is this task's.
 */
export function digitSlice(spec: JsonObject, defaultSplit: SplitName): DigitSlice {
  const text = objectAt(spec, 'data').split;
  if (typeof text === 'string') {
    const { split, from, to } = parseSplit(text, (name) => (isSplit(name) ? splitSize(name) : null));
    if (isSplit(split) && to > from) return { split, from, to };
    throw new Error(`data.split "${text}" has no rows`);
  }
  const whole = { split: defaultSplit, from: 0, to: splitSize(defaultSplit) };
  const { index, total } = objectAt(spec, 'shard');
  if (typeof index !== 'number' || typeof total !== 'number') return whole;
  const { from, to } = shareOf(whole, index, total);
  return { split: defaultSplit, from, to };
}

function isSplit(name: string): name is SplitName {
  return name === 'train' || name === 'test';
}
