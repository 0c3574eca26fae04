import fc from 'fast-check';
import type { JsonObject } from '../json';
import { trustedTaskId } from '../ids';
import type { TaskDocument } from '../model';
import { planSplit } from './plan';
import { splitDocument } from './split';
import { readSplit } from './split-range';

const PARENT = trustedTaskId('parent');

function inference(data: JsonObject): TaskDocument {
  return {
    apiVersion: 'v1',
    kind: 'Task',
    metadata: { name: 'n' },
    spec: { taskType: 'inference', parallel: { enabled: true, max_shards: 1000 }, data },
  };
}

const dataOf = (documents: TaskDocument[]) => documents.map(({ spec }) => spec.data as JsonObject);

/** Row numbers of a slice as dataset libraries read it: an independent, simple-minded reading. */
function rowsOf(split: string, length: number): number[] {
  const match = /^\w+(?:\[([^:]*):([^:]*)\])?$/.exec(split);
  const at = (text: string | undefined, open: number): number => {
    if (text === undefined || text === '') return open;
    const value = text.endsWith('%') ? (Number(text.slice(0, -1)) * length) / 100 : Number(text);
    return value < 0 || text.startsWith('-') ? length + value : value;
  };
  const [from, to] = [at(match?.[1], 0), at(match?.[2], length)];
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

const bound = fc.oneof(fc.constant(''), fc.integer({ min: -100, max: 100 }).map(String));
const percent = fc
  .tuple(bound, bound)
  .map(([a, b]) => `train[${a === '' ? '' : `${a}%`}:${b === '' ? '' : `${b}%`}]`);
const rows = fc.tuple(bound, bound).map(([a, b]) => `train[${a}:${b}]`);
const split = fc.oneof(fc.constant('train'), percent, rows);

describe('whatever is split', () => {
  it('the slices of a dataset are disjoint, in order and together exactly the whole', () => {
    fc.assert(
      fc.property(split, fc.integer({ min: 2, max: 1000 }), (whole, wish) => {
        const document = inference({ split: whole });
        const plan = planSplit(document, { maxAutoShards: 8 });
        fc.pre(plan.ok);
        const total = Math.min(wish, plan.value.maxShards);
        const slices = dataOf(splitDocument(document, PARENT, total)).map((data) => data.split as string);
        const length = 1000; // divides into whole percents, so that the reading needs no rounding
        expect(slices.flatMap((slice) => rowsOf(slice, length))).toEqual(rowsOf(whole, length));
        expect(slices.every((slice) => rowsOf(slice, length).length > 0)).toBe(true);
        expect(slices.every((slice) => !slice.includes('.'))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('the slices of a list are contiguous, differ by one item at most, and are together the list', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer(), { minLength: 2, maxLength: 200 }),
        fc.integer({ min: 2, max: 200 }),
        (items, wish) => {
          const total = Math.min(wish, items.length);
          const slices = dataOf(splitDocument(inference({ type: 'list', items }), PARENT, total)).map(
            (data) => data.items as number[],
          );
          expect(slices.flat()).toEqual(items);
          const sizes = slices.map((slice) => slice.length);
          expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
          expect(Math.min(...sizes)).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('each shard knows its place', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), (total) => {
        const shards = splitDocument(inference({ split: 'train' }), PARENT, total);
        expect(shards.map(({ spec }) => spec.shard)).toEqual(
          shards.map((_, index) => ({ index, total, parent_task_id: PARENT })),
        );
      }),
    );
  });

  it('no text of a split is beyond reading, and a hostile one costs little', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => typeof readSplit(text).ok === 'boolean'));
    const started = performance.now();
    readSplit(`train[${' '.repeat(200_000)}`);
    expect(performance.now() - started).toBeLessThan(200);
  });
});
