import fc from 'fast-check';
import { parseSplit, shareOf } from './split';

const sizeOf = (): number => 1_500;
/** A split of a length that percentages do not divide evenly. */
const sizeOfSmall = (): number => 173;
const rowsOf = ({ from, to }: { from: number; to: number }): number[] =>
  Array.from({ length: to - from }, (_, index) => from + index);

describe('parts of a split', () => {
  it.each([
    ['test', 0, 1_500],
    ['test[:50%]', 0, 750],
    ['test[50%:]', 750, 1_500],
    ['test[33%:67%]', 495, 1_005],
    ['test[100:500]', 100, 500],
    ['test[:9999]', 0, 1_500],
  ])('%s is rows %i to %i', (text, from, to) => {
    expect(parseSplit(text, sizeOf)).toEqual({ split: 'test', from, to });
  });

  it.each(['', 'test[', 'test[a:b]', 'test[5:1]', '../test'])('%j is refused', (text) => {
    expect(() => parseSplit(text, sizeOf)).toThrow(/data\.split/);
  });

  it('cut by percent at the same points are disjoint and cover the whole', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 99 }), { maxLength: 8 }), (cuts) => {
        const points = [0, ...cuts.sort((a, b) => a - b), 100];
        const rows = points
          .slice(1)
          .flatMap((end, index) =>
            rowsOf(parseSplit(`test[${String(points[index])}%:${String(end)}%]`, sizeOfSmall)),
          );
        expect(rows).toEqual(rowsOf({ from: 0, to: 173 }));
      }),
    );
  });

  it('shared out by shard are disjoint, in order, and cover the whole', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer({ min: 1, max: 64 }),
        (start, length, total) => {
          const whole = { split: 'test', from: start, to: start + length };
          const shares = Array.from({ length: total }, (_, index) => shareOf(whole, index, total));
          expect(shares.flatMap(rowsOf)).toEqual(rowsOf(whole));
        },
      ),
    );
  });
});
