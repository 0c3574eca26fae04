/** Whoever is kept as free, change by change, is who would be found free by looking at everybody. */
import fc from 'fast-check';
import { loadConfig } from '../../src/config/load-config';
import { trustedTaskId, trustedWorkerId, type WorkerId } from '../../src/core/ids';
import { KEY } from '../../src/redis/keys';
import { RedisClock } from '../../src/redis/redis-clock';
import { FreeFleet } from '../../src/scheduler/free-fleet';
import { WorkerRegistry } from '../../src/workers/worker-registry';
import { freeFromUs } from '../../src/workers/worker-view';
import { readerOf, useConnections } from './bench';

const IDS = ['w1', 'w2', 'w3'].map(trustedWorkerId);
const TASK = trustedTaskId('t1');
/** Before, a little before and long after whenever this runs. */
const REST_FROM_NOW_US = [-1, 1_000, 60_000_000];

const { redis, connections } = useConnections();

type Step =
  | {
      kind: 'registers' | 'forgets' | 'leased' | 'ends' | 'idles' | 'runs' | 'held' | 'released';
      id: WorkerId;
    }
  | { kind: 'rests'; id: WorkerId; us: number }
  | { kind: 'muted' | 'stale' | 'unlisted'; id: WorkerId };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constantFrom(
      'registers',
      'forgets',
      'leased',
      'ends',
      'idles',
      'runs',
      'held',
      'released',
      'muted',
      'stale',
      'unlisted',
    ),
    id: fc.constantFrom(...IDS),
  }),
  fc.record({
    kind: fc.constant('rests' as const),
    id: fc.constantFrom(...IDS),
    us: fc.constantFrom(...REST_FROM_NOW_US),
  }),
);

test('whatever happens to them, in any order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      await redis().client.flushall();
      const config = loadConfig({ REDIS_URL: redis().url });
      const registry = new WorkerRegistry(readerOf(connections()));
      const clock = new RedisClock(connections());
      const fleet = new FreeFleet(registry, clock, config);
      const held = new Set<WorkerId>();
      for (const one of steps) {
        await take(one, registry, fleet, held);
        fleet.now();
        // Nobody's rest ends between the two looks that are compared: those that end soon have ended by then.
        await new Promise((resolve) => setTimeout(resolve, one.kind === 'rests' ? 10 : 0));
        const free = [...registry.all()].filter(
          (view) =>
            !held.has(view.id) && freeFromUs(view, config.idleGraceSec * 1_000_000) <= clock.guessUs(),
        );
        const taken = fleet
          .now()
          .buckets()
          .flatMap((bucket) => Array.from({ length: bucket.left }, () => bucket.take(null)));
        expect(taken.toSorted()).toEqual(free.map(({ id }) => id).toSorted());
      }
    }),
    { numRuns: 60 },
  );
});

async function take(
  one: Step,
  registry: WorkerRegistry,
  fleet: FreeFleet,
  held: Set<WorkerId>,
): Promise<void> {
  const { id } = one;
  switch (one.kind) {
    case 'registers':
      await redis().client.sadd(KEY.workerIds, id);
      await redis().client.hset(KEY.worker + id, { worker_id: id, status: 'IDLE', started_at: 'then' });
      await redis().client.set(KEY.worker + id + KEY.heartbeatSuffix, 'now');
      await redis().client.del(KEY.lease + id);
      await registry.refresh(id);
      return;
    case 'rests':
      await redis().client.hset(KEY.lease + id, 'rest_until', String(Date.now() * 1_000 + one.us));
      await registry.refresh(id);
      return;
    case 'muted':
      await redis().client.hset(KEY.lease + id, 'muted_heartbeat', 'now');
      await registry.refresh(id);
      return;
    case 'stale':
      await redis().client.hset(KEY.lease + id, 'stale', '1');
      await registry.refresh(id);
      return;
    case 'unlisted':
      await redis().client.srem(KEY.workerIds, id);
      await registry.refresh(id);
      return;
    case 'forgets':
      registry.forget(id);
      return;
    case 'leased':
      registry.noteLease(id, TASK);
      return;
    case 'ends':
      registry.noteEnd(id, TASK, Date.now() * 1_000 - 3_600_000_000);
      return;
    case 'idles':
      registry.noteStatus(id, { status: 'IDLE', taskId: null, lastTask: TASK });
      return;
    case 'runs':
      registry.noteStatus(id, { status: 'RUNNING', taskId: TASK, lastTask: null });
      return;
    case 'held':
      held.add(id);
      fleet.holdBack(id);
      return;
    case 'released':
      held.delete(id);
      fleet.release(id);
  }
}
