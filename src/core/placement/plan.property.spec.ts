import fc from 'fast-check';
import { trustedTaskId, trustedWorkerId } from '../ids';
import type { Resources, WorkerSnapshot } from '../model';
import { fits } from './fit';
import { hardwareClasses } from './fleet';
import { FreeWorkers } from './free-workers';
import { type PlacementInput, planPlacement } from './plan';
import { signatureOf } from './signature';

const GPUS = ['NVIDIA A100-SXM4-80GB', 'Tesla T4', 'NVIDIA GeForce RTX 4090'];

const hardware = fc.record({
  cpuCores: fc.option(fc.integer({ min: 0, max: 8 })),
  memoryBytes: fc.option(fc.integer({ min: 0, max: 8 })),
  gpus: fc.array(
    fc.record({ name: fc.constantFrom(...GPUS), memoryBytes: fc.option(fc.integer({ min: 0, max: 8 })) }),
    {
      maxLength: 3,
    },
  ),
  ip: fc.constant(null),
});
const resources: fc.Arbitrary<Resources> = fc.record({
  cpuCores: fc.integer({ min: 1, max: 8 }),
  memoryBytes: fc.integer({ min: 1, max: 8 }),
  gpu: fc.option(
    fc.record({
      count: fc.integer({ min: 1, max: 3 }),
      type: fc.constantFrom('any', 'a100', 't4', 'rtx4090'),
      memoryBytes: fc.option(fc.integer({ min: 1, max: 8 })),
    }),
  ),
});
const head = fc.record({
  score: fc.integer({ min: 0, max: 50 }),
  avoid: fc.option(fc.integer({ min: 0, max: 9 }).map((n) => trustedWorkerId(`w${String(n)}`))),
  shardable: fc.option(
    fc.record({ maxShards: fc.integer({ min: 1, max: 6 }), minShards: fc.integer({ min: 1, max: 4 }) }),
  ),
});

/** `registered`: everybody of whom `fleet` is made; `idle`: those of them that are free. */
type Given = PlacementInput & { registered: readonly WorkerSnapshot[]; idle: readonly WorkerSnapshot[] };

const input: fc.Arbitrary<Given> = fc
  .record({
    workers: fc.array(fc.record({ hardware, proven: fc.boolean(), free: fc.boolean() }), { maxLength: 10 }),
    queues: fc.uniqueArray(fc.record({ resources, heads: fc.array(head, { maxLength: 5 }) }), {
      selector: (queue) => signatureOf(queue.resources),
      maxLength: 6,
    }),
  })
  .map(({ workers, queues }) => {
    const registered = workers.map(({ hardware: h, proven, free }, n) => ({
      id: trustedWorkerId(`w${String(n)}`),
      hardware: h,
      proven,
      free,
    }));
    const idle = registered.filter(({ free }) => free);
    return {
      registered,
      idle,
      fleet: hardwareClasses(registered),
      free: FreeWorkers.of(idle),
      queues: queues.map(({ resources: r, heads }, q) => ({
        signature: signatureOf(r),
        resources: r,
        heads: heads
          .toSorted((left, right) => left.score - right.score)
          .map((some, n) => ({ ...some, id: trustedTaskId(`t${String(q)}-${String(n)}`) })),
      })),
    };
  });

/** Every pair and every worker that is kept for shards. */
function taken(given: Given) {
  const plan = planPlacement(given);
  const needs = new Map(
    given.queues.flatMap(({ heads, resources: r }) => heads.map((task) => [task.id, { r, task }])),
  );
  const pairs = [
    ...plan.assignments,
    ...plan.splits.flatMap(({ taskId, workers }) => workers.map((workerId) => ({ taskId, workerId }))),
  ].map(({ taskId, workerId }) => {
    const worker = given.registered.find(({ id }) => id === workerId);
    const need = needs.get(taskId);
    if (worker === undefined || need === undefined) throw new Error('unknown task or worker');
    return { worker, ...need };
  });
  return { plan, pairs };
}

describe('whatever waits and whoever is free', () => {
  it('no worker is taken twice, none that is not free, and no task is placed twice', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { plan, pairs } = taken(given);
        const workers = pairs.map(({ worker }) => worker.id);
        expect(new Set(workers).size).toBe(workers.length);
        expect(workers.every((id) => given.idle.some((worker) => worker.id === id))).toBe(true);
        const tasks = [...plan.assignments, ...plan.splits].map(({ taskId }) => taskId);
        expect(new Set(tasks).size).toBe(tasks.length);
      }),
    );
  });

  it('a task is only placed where it fits, and on the avoided worker only when no other fits', () => {
    fc.assert(
      fc.property(input, (given) => {
        for (const { worker, r, task } of taken(given).pairs) {
          expect(fits(r, worker.hardware)).toBe(true);
          const others = given.registered.filter(({ id, hardware: h }) => id !== task.avoid && fits(r, h));
          if (worker.id === task.avoid) expect(others).toEqual([]);
        }
      }),
    );
  });

  it('no free worker is left idle while a task that waits could have it', () => {
    fc.assert(
      fc.property(input, (given) => {
        const { plan, pairs } = taken(given);
        const busy = new Set(pairs.map(({ worker }) => worker.id));
        const placed = new Set([...plan.assignments, ...plan.splits].map(({ taskId }) => taskId));
        const idle = given.idle.filter(({ id }) => !busy.has(id));
        for (const { resources: r, heads } of given.queues) {
          for (const task of heads.filter(({ id }) => !placed.has(id))) {
            expect(idle.filter(({ id, hardware: h }) => id !== task.avoid && fits(r, h))).toEqual([]);
          }
        }
      }),
    );
  });

  it('a split has at least two shards, at most as many as it may', () => {
    fc.assert(
      fc.property(input, (given) => {
        for (const { taskId, shards, workers } of planPlacement(given).splits) {
          const task = given.queues.flatMap(({ heads }) => heads).find(({ id }) => id === taskId);
          expect(shards).toBeGreaterThanOrEqual(2);
          expect(shards).toBeLessThanOrEqual(task?.shardable?.maxShards ?? 0);
          expect(workers.length).toBeLessThanOrEqual(shards);
        }
      }),
    );
  });

  it('a reason is given for exactly the needs that no registered worker meets', () => {
    fc.assert(
      fc.property(input, (given) => {
        const expected = given.queues.filter(
          ({ heads, resources: r }) =>
            heads.length > 0 && !given.registered.some(({ hardware: h }) => fits(r, h)),
        );
        expect(planPlacement(given).unplaceable.map(({ signature }) => signature)).toEqual(
          expected.map(({ signature }) => signature),
        );
      }),
    );
  });
});
