/** `data.split` as dataset libraries write it: `test`, `test[:50%]`, `train[100:500]`. */

export interface Slice {
  split: string;
  /** Rows `from` (inclusive) to `to` (exclusive). */
  from: number;
  to: number;
}

const SPLIT = /^(?<split>[A-Za-z_]\w*)(?:\[(?<from>\d+%?)?:(?<to>\d+%?)?\])?$/;

/** The slice that a text names; `sizeOf` says how many rows a split has (null: no such split). Throws a sentence. */
export function parseSplit(text: string, sizeOf: (split: string) => number | null): Slice {
  const groups = SPLIT.exec(text)?.groups;
  const split = groups?.split;
  if (split === undefined)
    throw new Error(`data.split "${text}" is not like test, test[:50%] or test[100:500]`);
  const size = sizeOf(split);
  if (size === null) throw new Error(`there is no split "${split}"`);
  const from = boundary(groups?.from, size) ?? 0;
  const to = boundary(groups?.to, size) ?? size;
  if (from > to) throw new Error(`data.split "${text}" ends before it begins`);
  return { split, from, to };
}

/** Percentages round to the nearest row, as the dataset libraries do, so neighbouring slices stay disjoint. */
function boundary(text: string | undefined, size: number): number | null {
  if (text === undefined) return null;
  const value = text.endsWith('%') ? Math.round((Number(text.slice(0, -1)) / 100) * size) : Number(text);
  return Math.min(value, size);
}

/** Part `index` of `total` of a range: contiguous, disjoint, together exactly the whole. */
export function shareOf(slice: Slice, index: number, total: number): Slice {
  const length = slice.to - slice.from;
  return {
    split: slice.split,
    from: slice.from + Math.floor((length * index) / total),
    to: slice.from + Math.floor((length * (index + 1)) / total),
  };
}
