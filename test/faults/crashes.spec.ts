/** Rows of the table of faults in which the service itself dies, at moments of chance and at each of its crash points. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../src/core/crash-point';
import { MAX_LOSSES } from '../../src/core/lifecycle/decide';
import { workersNamed } from '../helpers/fleet';
import { LASTING } from '../helpers/redis';
import type { Cluster } from './lib/cluster';
import type { Plan } from './lib/plans';
import { rest } from './lib/ending';
import { row } from './lib/row';

/** What must go on for the service to come by a crash point. */
const TRAFFIC: Record<
  CrashPoint,
  'any' | 'uploads' | 'shards' | 'failures' | 'recovery' | 'outage' | 'deletions'
> = {
  'submit.before_write': 'any',
  'submit.after_write': 'any',
  'dispatch.before': 'any',
  'dispatch.after': 'any',
  'event.before_apply': 'any',
  'event.after_apply': 'any',
  'result.received': 'any',
  'result.staged': 'any',
  'result.committed': 'any',
  'result.record_written': 'any',
  'result.promoted': 'any',
  'upload.received': 'uploads',
  'upload.staged': 'uploads',
  'upload.promoted': 'uploads',
  'inbox.data_written': 'outage',
  'inbox.kept': 'outage',
  'inbox.committed': 'outage',
  'recover.started': 'recovery',
  'recover.drained': 'recovery',
  'recover.loaded': 'recovery',
  'split.before': 'shards',
  'split.after': 'shards',
  'aggregate.merged': 'shards',
  'aggregate.staged': 'shards',
  'aggregate.committed': 'shards',
  'requeue.before': 'failures',
  'requeue.after': 'failures',
  // Nothing is deleted here: they are row 33's.
  'delete.begun': 'deletions',
  'delete.hidden': 'deletions',
  'delete.buried': 'deletions',
  'spool.written': 'uploads',
  'spool.synced': 'uploads',
  'spool.placed': 'uploads',
};

/** Each row has its own; what remains is row 1's. */
const ROW_2 = pointsNamed(/^recover\./);
const ROW_24 = pointsNamed(/^spool\./);
const ROW_27 = pointsNamed(/^aggregate\./);
const ELSEWHERE = pointsNamed(/^delete\./);
const ROW_1 = pointsNamed(/./).filter(
  (point) => ![...ROW_2, ...ROW_24, ...ROW_27, ...ELSEWHERE].includes(point),
);

const MINUTES = 60_000;

describe('faults of the service', () => {
  row(
    1,
    'kill -9 of the orchestrator at random moments and at each crash point',
    async (round) => {
      const cluster = await round.cluster({ env: PATIENT, redis: LASTING });
      await cluster.workers(workersNamed('w', 8, { returnsAfterMs: 100 }));
      const traffic = new Traffic(cluster);
      for (const point of round.random.shuffle(ROW_1)) {
        if (TRAFFIC[point] === 'outage') await traffic.dieWithoutRedis(point);
        else await traffic.until(point, round.random.between(1, 3));
      }
      await cluster.replica('a');
      await traffic.submitted();
      for (let kills = round.isShort ? 3 : 12; kills > 0; kills -= 1) {
        const submitted = cluster.submitAll(round.random.shuffle(cluster.plans.mixture()).slice(0, 4));
        await sleep(round.random.between(0, 1_500));
        await cluster.kill('a');
        await cluster.replica('a');
        await submitted;
        if (kills % MAX_LOSSES === 0) await rest(cluster);
      }
      await cluster.conclude();
    },
    15 * MINUTES,
  );

  row(2, 'kill -9 while it recovers', async (round) => {
    const cluster = await round.cluster({ env: PATIENT });
    await cluster.workers(workersNamed('w', 8, { returnsAfterMs: 100 }));
    for (let times = round.isShort ? 1 : 3; times > 0; times -= 1) {
      const submitted = cluster.submitAll(cluster.plans.mixture());
      await sleep(round.random.between(50, 400));
      await cluster.kill('a');
      for (const crashAt of round.random.shuffle(ROW_2)) {
        await cluster.replica('a', { crashAt, eager: true });
        await cluster.dead('a');
      }
      await cluster.replica('a');
      await submitted;
    }
    await cluster.conclude();
  });

  row(24, 'kill -9 between write, fsync and rename: nobody sees a part', async (round) => {
    const cluster = await round.cluster({ env: PATIENT, readEveryMs: 10 });
    await cluster.workers(workersNamed('w', 8));
    const traffic = new Traffic(cluster);
    for (let times = round.isShort ? 2 : 5; times > 0; times -= 1) {
      for (const point of ROW_24) await traffic.until(point, round.random.between(1, 4));
    }
    await cluster.replica('a');
    await traffic.submitted();
    await cluster.conclude();
  });

  row(27, 'aggregation dies half-way: the parent is put together once', async (round) => {
    const cluster = await round.cluster({ env: PATIENT });
    await cluster.workers(workersNamed('w', 8));
    const traffic = new Traffic(cluster);
    for (let times = round.isShort ? 1 : 4; times > 0; times -= 1) {
      for (const point of ROW_27) await traffic.until(point, 1);
    }
    await cluster.replica('a');
    await traffic.submitted();
    await cluster.conclude();
  });
});

/** A worker whose heartbeat stops because its host is busy is not the fault of these rows. */
const PATIENT = { HEARTBEAT_TTL_SEC: '15' };

function pointsNamed(pattern: RegExp): CrashPoint[] {
  return (Object.keys(TRAFFIC) as CrashPoint[]).filter((point) => pattern.test(point));
}

/** Between one batch of documents and the next, when the first did not lead to the crash point. */
const NEXT_BATCH_MS = 2_000;

/** Documents that go in while the service dies of one crash point after the other. */
class Traffic {
  private readonly submissions: Promise<string[]>[] = [];
  private deaths = 0;

  constructor(private readonly cluster: Cluster) {}

  /** Starts the replica armed, and submits what leads it to that point until it has come by for the nth time. */
  async until(point: CrashPoint, nth: number): Promise<void> {
    const { cluster } = this;
    if (this.deaths > 0 && this.deaths % MAX_LOSSES === 0) await this.settled();
    this.deaths += 1;
    if (cluster.get('a').service.isRunning()) await cluster.get('a').service.stop();
    await cluster.replica('a', { crashAt: `${point}:${String(nth)}`, eager: true });
    const death = cluster.dead('a', 40_000);
    do this.submissions.push(...this.plansFor(point).map((plan) => cluster.submit(plan)));
    while (await isLater(death, NEXT_BATCH_MS));
  }

  /** Every document was taken in the end. */
  async submitted(): Promise<void> {
    await Promise.all(this.submissions);
  }

  /** A task whose end nobody could hear that often is poison: nothing in hand sees more deaths than that. */
  private async settled(): Promise<void> {
    const { cluster } = this;
    if (!cluster.get('a').service.isRunning()) await cluster.replica('a');
    await this.submitted();
    await rest(cluster);
  }

  /** The results of tasks in hand come while Redis is away, and the service dies over them, or when Redis is back. */
  async dieWithoutRedis(point: CrashPoint): Promise<void> {
    const { cluster } = this;
    await this.settled();
    await cluster.get('a').service.stop();
    await cluster.replica('a', { crashAt: point });
    const [fleet] = cluster.fleets;
    const gate = `until ${point}`;
    const { plans } = cluster;
    const ids = await cluster.submitAll([plans.single({ gate }), plans.trained(20_000, { gate })]);
    for (const id of ids) await fleet!.seen('started', { task_id: id }, { withinMs: 20_000 });
    const death = cluster.dead('a', 40_000);
    cluster.fault('kill -9 of Redis');
    await cluster.redis.crash();
    fleet!.open(gate);
    if (point === 'inbox.committed') {
      for (const id of ids) await fleet!.seen('posted', { task_id: id }, { withinMs: 20_000 });
      await cluster.redis.restart();
    }
    await death;
    if (point !== 'inbox.committed') await cluster.redis.restart();
  }

  private plansFor(point: CrashPoint): Plan[] {
    const { plans } = this.cluster;
    switch (TRAFFIC[point]) {
      case 'uploads':
        return [plans.trained(20_000), plans.single()];
      case 'shards':
        return [plans.sharded()];
      case 'failures':
        return [plans.flaky(), plans.flaky()];
      case 'any':
      case 'deletions':
      case 'outage':
      case 'recovery':
        return [plans.single(), plans.local(), plans.chain()];
    }
  }
}

async function isLater(event: Promise<void>, thanMs: number): Promise<boolean> {
  return Promise.race([event.then(() => false), sleep(thanMs, true)]);
}
