import fc from 'fast-check';
import { trustedWorkerId, type WorkerId } from '../ids';
import type { Resources, WorkerSnapshot } from '../model';
import { fits } from './fit';
import { FreeWorkers } from './free-workers';
import { compareRanks, rankOf } from './score';

const IDS = Array.from({ length: 6 }, (_, n) => trustedWorkerId(`w${String(n)}`));

const worker: fc.Arbitrary<WorkerSnapshot> = fc.record({
  id: fc.constantFrom(...IDS),
  hardware: fc.record({
    cpuCores: fc.integer({ min: 1, max: 2 }),
    memoryBytes: fc.constant(null),
    gpus: fc.array(fc.constant({ name: 'Tesla T4', memoryBytes: null }), { maxLength: 1 }),
    ip: fc.constant(null),
  }),
  proven: fc.boolean(),
});

const change = fc.oneof(
  { weight: 3, arbitrary: worker.map((put) => ({ put })) },
  { weight: 1, arbitrary: fc.constantFrom(...IDS).map((remove) => ({ remove })) },
);

/** Applies the changes, and says who is free in the order in which they became it, as a plain list would. */
function play(changes: readonly ({ put: WorkerSnapshot } | { remove: WorkerId })[]) {
  const free = new FreeWorkers();
  let listed: WorkerSnapshot[] = [];
  for (const one of changes) {
    if ('remove' in one) {
      free.remove(one.remove);
      listed = listed.filter(({ id }) => id !== one.remove);
      continue;
    }
    free.put(one.put);
    const before = listed.find(({ id }) => id === one.put.id);
    if (before !== undefined && compareRanks(rankOf(before), rankOf(one.put)) === 0) continue;
    listed = [...listed.filter((other) => other !== before), one.put];
  }
  return { free, listed };
}

describe('after any changes', () => {
  it('everybody who is free is taken once, best kind first, and of a kind who has been free for longest', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const { free, listed } = play(changes);
        const taken = free
          .buckets()
          .flatMap((bucket) => Array.from({ length: bucket.left }, () => bucket.take(null)));
        const expected = listed
          .map((one) => ({ id: one.id, rank: rankOf(one) }))
          .toSorted((left, right) => compareRanks(left.rank, right.rank));
        expect(taken).toEqual(expected.map(({ id }) => id));
        expect(free.size).toBe(listed.length);
      }),
    );
  });

  it('a bucket gives out whoever is not to be avoided, and counts as many as it can give', () => {
    const avoids = fc.array(fc.option(fc.constantFrom(...IDS)), { maxLength: 12 });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), avoids, (changes, avoided) => {
        for (const bucket of play(changes).free.buckets()) {
          const taken: WorkerId[] = [];
          for (const avoid of avoided) {
            const could = bucket.leftWithout(avoid);
            const before = bucket.left;
            const id = bucket.take(avoid);
            expect(id === undefined).toBe(could === 0);
            expect(bucket.left).toBe(id === undefined ? before : before - 1);
            if (id === undefined) continue;
            expect(id).not.toBe(avoid);
            expect(taken).not.toContain(id);
            taken.push(id);
          }
        }
      }),
    );
  });

  it('there is one for a task exactly when somebody who is free has all that it needs', () => {
    const asked: fc.Arbitrary<Resources> = fc.record({
      cpuCores: fc.integer({ min: 1, max: 3 }),
      memoryBytes: fc.constant(1),
      gpu: fc.constantFrom(null, { count: 1, type: 'any', memoryBytes: null }),
    });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), asked, (changes, resources) => {
        const { free, listed } = play(changes);
        expect(free.haveOneFor(resources)).toBe(listed.some(({ hardware }) => fits(resources, hardware)));
      }),
    );
  });
});
