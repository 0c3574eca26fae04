import fc from 'fast-check';
import { fairShare, shardCount } from './share';

describe('the fair share of idle workers', () => {
  it.each([
    ['alone, as many as it can use', 8, 8, [], 8],
    ['alone, capped by what it can use', 8, 3, [], 3],
    ['two alike share evenly', 8, 8, [8], 4],
    ['the first takes what cannot be divided', 7, 8, [8], 4],
    ['tasks that run whole take one each', 8, 8, [1, 1, 1], 5],
    ['what a small one leaves goes round', 9, 8, [2, 8], 4],
    ['more tasks than workers: it runs whole', 2, 8, [1, 1, 1], 1],
    ['no idle worker: it runs whole', 0, 8, [], 1],
  ])('%s', (_name, idle, own, others, want) => {
    expect(fairShare(idle, own, others)).toBe(want);
  });

  it('never hands out more workers than there are, one task after the other', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1 }),
        (idle, demands) => {
          let left = idle;
          for (const [index, own] of demands.entries()) {
            if (left === 0) break;
            const share = fairShare(left, own, demands.slice(index + 1));
            expect(share).toBeLessThanOrEqual(Math.min(own, left));
            left -= share;
          }
        },
      ),
    );
  });
});

describe('the number of shards', () => {
  it.each([
    ['the share, when nothing more is asked', 3, 1, 8, 10, 3],
    ['replicas, when as many registered workers fit', 2, 4, 8, 4, 4],
    ['the share, when fewer fit than replicas ask for', 2, 4, 8, 3, 2],
    ['never more than the data allows', 5, 9, 4, 10, 4],
    ['one, when the data allows no more', 5, 5, 1, 10, 1],
  ])('%s', (_name, share, asked, most, fitting, want) => {
    expect(shardCount(share, asked, most, fitting)).toBe(want);
  });
});
