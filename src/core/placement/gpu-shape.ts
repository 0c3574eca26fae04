/** How many GPUs of which type, in one short word: what tasks that wait ask for, and what workers have. */
import type { Hardware, Resources } from '../model';
import { canonicalGpuType } from './gpu-name';

const NO_GPU = 'none';
/** Names come from documents and drivers: whatever is beyond these bounds is counted together. */
const OTHER = 'other';
const MAX_SHAPES = 30;
const MAX_CHARS = 48;

/** `none`, `1xany`, `2xa100`, as documents name the type. */
export function askedShape({ gpu }: Pick<Resources, 'gpu'>): string {
  return gpu === null ? NO_GPU : shape(gpu.count, gpu.type);
}

/** `none`, `4xnvidia-a100-sxm4-80gb`, as the driver names the type; `mixed` for GPUs of several. */
export function ownShape({ gpus }: Pick<Hardware, 'gpus'>): string {
  const types = new Set(gpus.map(({ name }) => canonicalGpuType(name)));
  const [type] = types;
  if (type === undefined) return NO_GPU;
  return types.size === 1 ? shape(gpus.length, type) : 'mixed';
}

/** Adds up by shape. The 30 largest keep their names, `none` always does; the others are `other`. */
export function tally(counts: Iterable<readonly [shape: string, count: number]>): Map<string, number> {
  const sums = new Map<string, number>();
  for (const [name, count] of counts) sums.set(name, (sums.get(name) ?? 0) + count);
  const bounded = new Map([[NO_GPU, sums.get(NO_GPU) ?? 0]]);
  sums.delete(NO_GPU);
  const largestFirst = [...sums].sort(
    ([left, most], [right, more]) => more - most || (left < right ? -1 : 1),
  );
  for (const [index, [name, count]] of largestFirst.entries()) {
    const key = index < MAX_SHAPES ? name : OTHER;
    bounded.set(key, (bounded.get(key) ?? 0) + count);
  }
  return bounded;
}

function shape(count: number, type: string): string {
  const word = `${String(count)}x${canonicalGpuType(type)}`;
  return word.length <= MAX_CHARS ? word : OTHER;
}
