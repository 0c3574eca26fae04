/** Rows of the table of faults in which Redis goes, comes back, or comes back as it was before. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskBuilder } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { LASTING } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { ended, rest } from './lib/ending';
import { leaderOf, lostTasks, storedResult, taskRecord } from './lib/questions';
import { row } from './lib/row';
import { SentinelSet } from './lib/sentinel';

const MINUTES = 60_000;

describe('faults of Redis', () => {
  row(
    14,
    'Redis killed, back after 2, 20 and 200 s: nothing is lost, and no worker for it',
    async (round) => {
      // The longest outage outlasts the heartbeat keys, in either case.
      const [outagesSec, ttlSec] = round.isShort ? [[0.5, 2, 6], 3] : [[2, 20, 200], 120];
      const cluster = await round.cluster({
        redis: LASTING,
        env: { HEARTBEAT_TTL_SEC: String(ttlSec), RECOVERY_GRACE_SEC: round.isShort ? '3' : '30' },
      });
      const habits = { returnsAfterMs: 100, heartbeatKeyTtlSec: ttlSec };
      const [finishing, lasting] = await Promise.all([
        cluster.workers(workersNamed('finishing', 2, { ...habits, gpus: [{ name: 'NVIDIA T4' }] })),
        cluster.workers(workersNamed('lasting', 4, { ...habits, cores: 64 })),
      ]);
      for (const outageSec of outagesSec) {
        const gate = `after ${String(outageSec)} s`;
        // Either fleet is asked for what only it has.
        const heldBy = async (
          fleet: typeof lasting,
          needs: (task: TaskBuilder) => void,
        ): Promise<string[]> => {
          const plans = [cluster.plans.single({ gate }), cluster.plans.trained(20_000, { gate })];
          for (const { document } of plans) needs(document);
          const ids = await cluster.submitAll(plans);
          for (const id of ids) await fleet.seen('started', { task_id: id }, { withinMs: 40_000 });
          return ids;
        };
        const outlast = await heldBy(lasting, (task) => task.cpu(32));
        const end = await heldBy(finishing, (task) => task.gpu(1));
        await cluster.submitAll(cluster.plans.mixture());
        await sleep(round.random.between(0, 500));

        const held = [...outlast, ...end];
        // A worker may have been gone before, when its task went out to it.
        const lostBefore = await lostTasks(cluster, held);
        cluster.fault(`kill -9 of Redis, for ${String(outageSec)} s`);
        await cluster.redis.crash();
        await sleep(outageSec * 400);
        finishing.open(gate);
        await sleep(outageSec * 600);
        await cluster.redis.restart();
        await sleep(1_000);
        lasting.open(gate);
        await rest(cluster);
        expect(await lostTasks(cluster, held)).toEqual(lostBefore);
      }
      await cluster.conclude();
    },
    15 * MINUTES,
  );

  row(15, 'Redis comes back with an older dataset: what is on disk counts', async (round) => {
    const cluster = await round.cluster();
    const habits = { returnsAfterMs: 100 };
    const fleet = await cluster.workers(workersNamed('w', 4, habits));
    const early = await cluster.submitAll(cluster.plans.mixture());
    await rest(cluster);
    const running = await cluster.submitAll(
      Array.from({ length: 4 }, () => cluster.plans.trained(20_000, { gate: 'after the snapshot' })),
    );
    for (const id of running) await fleet.seen('started', { task_id: id }, { withinMs: 20_000 });
    const queued = await cluster.submitAll([cluster.plans.single(), cluster.plans.trained()]);
    // Its shards are others the second time.
    await cluster.submit(cluster.plans.sharded());
    await cluster.redis.client.save();

    fleet.open('after the snapshot');
    await cluster.submitAll(cluster.plans.mixture());
    await rest(cluster);
    cluster.fault('kill -9 of Redis, which comes back as it was at the snapshot');
    await cluster.redis.crash();
    cluster.history.add({ kind: 'writesLost' });
    await cluster.redis.restart();
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
    for (const id of [...running, ...queued]) {
      const first = cluster.history.of('posted').find((post) => post.taskId === id && post.status === 201);
      expect(storedResult(cluster, id).madeBy).toBe(first?.attemptId);
    }
    for (const id of early) expect(['DONE', 'FAILED']).toContain(taskRecord(cluster, id).status);
  });

  row(
    16,
    'a Sentinel failover, with and without the last writes',
    async (round) => {
      for (const losesWrites of [false, true]) {
        const set = await SentinelSet.start();
        round.alsoStop(() => set.stop());
        const cluster = await round.cluster({ server: set.master, redisUrl: set.url });
        const toMaster = await cluster.proxy();
        const fleet = await cluster.workers(workersNamed('w', 4, { returnsAfterMs: 100 }), {
          redisUrl: toMaster.url,
        });
        const before = await cluster.submitAll(cluster.plans.mixture());
        const held = await cluster.submitAll([
          cluster.plans.trained(20_000, { gate: 'go' }),
          cluster.plans.trained(20_000, { gate: 'later' }),
        ]);
        for (const id of held) await fleet.seen('started', { task_id: id }, { withinMs: 20_000 });
        if (losesWrites) {
          await set.partReplica();
          fleet.open('go');
          await cluster.submitAll([cluster.plans.single(), cluster.plans.chain()]);
          await sleep(round.random.between(300, 1_500));
        } else {
          await ended(cluster, before);
          await set.master.client.wait(1, 5_000);
        }

        cluster.fault('kill -9 of the master');
        await set.master.crash();
        if (losesWrites) cluster.history.add({ kind: 'writesLost' });
        await set.failedOver();
        cluster.redis = set.replica;
        await cluster.hear();
        toMaster.retarget(set.replica.port);
        fleet.open('go');
        fleet.open('later');
        await cluster.submitAll(cluster.plans.mixture());
        await cluster.conclude();
      }
    },
    6 * MINUTES,
  );

  row(17, 'FLUSHALL in the middle of it: the service recovers and says what it lost', async (round) => {
    const cluster = await round.cluster({ replicas: 2 });
    const fleet = await cluster.workers([{ id: 'before' }]);
    const [held] = await cluster.submit(cluster.plans.single({ gate: 'go' }));
    await fleet.seen('started', { task_id: held! });
    const queued = await cluster.submitAll([cluster.plans.single(), cluster.plans.single()]);

    const leader = await leaderOf(cluster);
    const { service } = cluster.get(leader);
    // It can only name what it has heard of.
    await waitFor('both to be in the queue of the leader', async () => {
      const metrics = await cluster.get(leader).api.request('/metrics');
      return /^orchestrator_queue_depth 2$/m.test(await metrics.text());
    });
    const leavesAnother = round.random.chance(0.5);
    if (leavesAnother) {
      cluster.fault('SIGSTOP of the leader, then FLUSHALL');
      cluster.front.remove(leader);
      service.signal('SIGSTOP');
    } else {
      cluster.fault('FLUSHALL');
    }
    const pulse = async (): Promise<number> => Number(await cluster.redis.client.get('orch:leader_pulse'));
    const pulseBefore = await pulse();
    await cluster.redis.client.flushall();
    cluster.history.add({ kind: 'writesLost' });
    if (leavesAnother) {
      // It cannot tell by the pulse when it wakes up.
      await waitFor('the pulse to come further', async () => (await pulse()) > pulseBefore + 2);
      await waitFor('another leader', async () => (await leaderOf(cluster)) !== leader);
      service.signal('SIGCONT');
      cluster.front.set(leader, service.port);
    }
    await waitFor('the service to name what is gone', () => {
      const told = service.logLines().filter(({ level }) => level === 'ERROR' || level === 'WARNING');
      return queued.every((id) => told.some((line) => JSON.stringify(line).includes(id)));
    });
    await service.untilReady();
    // Who was there before is put back on the list, though only the replica that led then knows of it.
    fleet.open('go');
    const later = await cluster.submit(cluster.plans.single());
    await fleet.seen('finished', { task_id: later[0]! }, { withinMs: 20_000 });
    await cluster.workers(workersNamed('after', 3));
    later.push(...(await cluster.submitAll(cluster.plans.mixture())));
    await cluster.conclude();
    for (const id of later) expect(taskRecord(cluster, id).status).toMatch(/DONE|FAILED/);
  });

  row(20, 'Redis stalls for 10 s: everything goes on after it', async (round) => {
    const cluster = await round.cluster({ redis: { 'enable-debug-command': 'local' } });
    await cluster.workers(workersNamed('w', 4, { returnsAfterMs: 100 }));
    const submitted = cluster.submitAll(cluster.plans.mixture());
    await sleep(round.random.between(0, 800));
    cluster.fault('Redis stalls for 10 s');
    const stall = cluster.redis.connect();
    await stall.call('DEBUG', 'SLEEP', '10').catch(async (refused: unknown) => {
      round.note(`row 20: DEBUG SLEEP is not to be had (${String(refused)}); SIGSTOP instead`);
      process.kill(cluster.redis.pid, 'SIGSTOP');
      await sleep(10_000);
      process.kill(cluster.redis.pid, 'SIGCONT');
    });
    await submitted;
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
  });

  row(21, 'Redis is out of memory: 503, and nothing is half there', async (round) => {
    const cluster = await round.cluster();
    const { api, plans, redis } = cluster;
    const fleet = await cluster.workers(workersNamed('w', 4));
    const held = await cluster.submitAll([
      plans.single({ gate: 'go' }),
      plans.trained(20_000, { gate: 'go' }),
    ]);
    // Its worker has only its word to give, and that is heard while nothing can be written.
    const told = await cluster.submit(plans.local({ gate: 'go' }));
    for (const id of [...held, ...told]) await fleet.seen('started', { task_id: id });
    await cluster.submitAll(plans.mixture());

    cluster.fault('Redis is out of memory');
    await redis.client.config('SET', 'maxmemory', '1mb');
    for (let tries = 5; tries > 0; tries -= 1) {
      const plan = round.random.pick([plans.chain(), plans.diamond(), plans.single()]);
      const answer = await api.submitRaw(plan.document);
      expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
      cluster.history.add({
        kind: 'submitted',
        name: plan.name,
        count: plan.tasks.length,
        status: 503,
        tasks: [],
      });
    }
    fleet.open('go');
    for (const id of held) {
      const { status } = await fleet.seen('posted', { task_id: id });
      expect(status).toBe(202);
    }
    await sleep(round.isShort ? 1_000 : 10_000);
    cluster.fault('Redis has memory again');
    await redis.client.config('SET', 'maxmemory', '0');
    await cluster.submitAll(plans.mixture());
    await cluster.conclude();
    for (const id of held) expect(taskRecord(cluster, id).status).toBe('DONE');
  });
});
