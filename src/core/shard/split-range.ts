/** The `data.split` of a dataset (`train[5%:15%]`) as a range of known length, and the shares of it. */
import { err, ok, type Result } from '../errors';

/** Part of a dataset with bounds that can be shared out. Bounds are whole percents or row numbers. */
export interface SplitRange {
  name: string;
  unit: '%' | '';
  /** The bounds as counted for sharing; a negative row counts from the end, `0` at its right end is the end. */
  from: number;
  to: number;
  /** The outer bounds as the document spells them where another spelling could round differently. */
  first: string;
  last: string;
}

const SPLIT = /^\s*([\w.\-/]+)\s*(?:\[\s*(-?\d[\d_]*%?)?\s*:\s*(-?\d[\d_]*%?)?\s*\])?\s*$/;
const MAX_SPLIT_CHARS = 512;

/**
 * Reads `train`, `train[:80%]`, `train[5%:15%]`, `train[100:500]`, `train[:500]`, also with negative bounds, which
 * count from the end. The error says why the range cannot be shared out.
 */
export function readSplit(text: string): Result<SplitRange, string> {
  const shown = `data.split "${text.slice(0, 80)}"`;
  const match = text.length > MAX_SPLIT_CHARS ? null : SPLIT.exec(text);
  if (match === null)
    return err(`${shown} is not of a form that can be shared out, such as train[:80%] or train[0:500]`);
  const [, name = '', from, to] = match;
  const unit = unitOf(from, to);
  if (unit === null) return err(`${shown} mixes percents and rows`);
  const range = unit === '%' ? percents(from, to) : rows(from, to);
  if (range === null) return err(`${shown} leaves open how many rows it has, so it cannot be shared out`);
  if (!Number.isSafeInteger(range.from) || !Number.isSafeInteger(range.to))
    return err(`${shown} is out of range`);
  if (unit === '%' && (range.from < 0 || range.to > 100)) return err(`${shown} goes beyond 100%`);
  if (range.to <= range.from) return err(`${shown} is empty`);
  const openRows = unit === '' && to === undefined; // the end of rows counted from the end has no number
  const last = openRows ? '' : bound(to, range.to, unit);
  return ok({ name, unit, ...range, first: bound(from, range.from, unit), last });
}

/** How many parts the range has at most: whole percents, or rows. */
export const spanOf = (range: SplitRange): number => range.to - range.from;

/** One of `total` neighbouring shares, in the spelling of dataset libraries: `train[0%:27%]`. */
export function shareOf(range: SplitRange, index: number, total: number): string {
  const at = (part: number): string => {
    if (part === 0) return range.first;
    if (part === total) return range.last;
    return `${String(range.from + cut(spanOf(range), part, total))}${range.unit}`;
  };
  return `${range.name}[${at(index)}:${at(index + 1)}]`;
}

/** Where the part with this number begins when `length` is cut into `total` parts as even as can be. */
export function cut(length: number, part: number, total: number): number {
  return Number((BigInt(length) * BigInt(part)) / BigInt(total));
}

/** The unit of the bounds; null when they differ. A zero is a zero in either. */
function unitOf(from: string | undefined, to: string | undefined): '%' | '' | null {
  const stated = [from, to].filter((text) => text !== undefined && toNumber(text) !== 0);
  if (stated.length === 0) return to === undefined ? '%' : '';
  const percents = stated.filter((text) => text?.endsWith('%') === true).length;
  if (percents === stated.length) return '%';
  return percents === 0 ? '' : null;
}

const toNumber = (text: string): number => Number(text.replace(/[_%]/g, ''));

type Bounds = { from: number; to: number } | null;

/** A negative percent counts back from 100; an open end is the end. */
function percents(from: string | undefined, to: string | undefined): Bounds {
  const start = from === undefined ? 0 : toNumber(from);
  const end = to === undefined ? 100 : toNumber(to);
  return { from: start < 0 ? 100 + start : start, to: end < 0 ? 100 + end : end };
}

/** Rows have a known number only when both bounds count from the same end. */
function rows(from: string | undefined, to: string | undefined): Bounds {
  const start = from === undefined ? 0 : toNumber(from);
  if (to === undefined) return start < 0 ? { from: start, to: 0 } : null;
  const end = toNumber(to);
  return start < 0 === end < 0 ? { from: start, to: end } : null;
}

/** A negative bound keeps its spelling: libraries round it from the other end, so its positive twin may be a row off. */
function bound(text: string | undefined, value: number, unit: '%' | ''): string {
  return text?.startsWith('-') === true ? text : `${String(value)}${unit}`;
}
