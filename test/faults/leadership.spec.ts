/** Rows of the table of faults in which one of several replicas stops, leaves, or is cut off from the others. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { SlowUpload, uploadFile } from './lib/clients';
import { leaderOf, lostTasks, taskRecord } from './lib/questions';
import { row, type Round } from './lib/row';

describe('faults of replicas', () => {
  row(
    3,
    'the leader stopped for 30 s wakes as a stale leader: it does nothing that is not its to do',
    async (round) => {
      const stoppedMs = round.isShort ? 6_000 : 30_000;
      const cluster = await round.cluster({ replicas: 2 });
      const fleet = await cluster.workers(workersNamed('w', 4));
      const submitting = cluster.meanwhile(1_000, async () => {
        await cluster.submit(round.random.pick(cluster.plans.mixture()));
      });
      await waitFor('traffic', () => fleet.received().length > 5);

      const leader = await leaderOf(cluster);
      cluster.fault(`SIGSTOP of the leader, replica ${leader}`);
      cluster.get(leader).service.signal('SIGSTOP');
      // A load balancer notices.
      cluster.front.remove(leader);
      await waitFor('another leader', async () => (await leaderOf(cluster)) !== leader, { withinMs: 20_000 });
      await sleep(stoppedMs);
      const before = cluster.history
        .of('dispatched')
        .map(({ taskId, attempt }) => `${taskId} ${String(attempt)}`);
      cluster.fault('SIGCONT of the stale leader');
      cluster.get(leader).service.signal('SIGCONT');
      cluster.front.set(leader, cluster.get(leader).service.port);
      await cluster.get(leader).service.untilReady();
      await submitting.stop();
      await cluster.conclude();
      expect(await leaderOf(cluster)).not.toBe(leader);
      // What it says it sent, it had sent before it was stopped.
      const sent = cluster
        .get(leader)
        .service.logLines()
        .filter(({ msg }) => msg === 'dispatched')
        .map(({ task_id: id, attempt }) => `${String(id)} ${String(attempt)}`);
      expect(sent.filter((each) => !before.includes(each))).toEqual([]);

      await wordOfAStaleLeader(round);
    },
  );

  row(28, 'SIGTERM during uploads, one replica after the other: no post fails', async (round) => {
    const cluster = await round.cluster({
      replicas: 2,
      env: { SHUTDOWN_DRAIN_SEC: '1.5', SHUTDOWN_GRACE_SEC: '15' },
    });
    const { history, api, plans } = cluster;
    const fleet = await cluster.workers(workersNamed('w', 3));
    const [held] = await cluster.submit(plans.single({ gate: 'end' }));
    await fleet.seen('started', { task_id: held! });
    const { attempt_id: attemptId } = fleet.message(held!);

    const statuses: (number | null)[] = [];
    const posting = cluster.meanwhile(20, async () => {
      const name = `part-${String(statuses.length)}.bin`;
      const bytes = Buffer.alloc(round.random.between(1, 200_000), name);
      statuses.push(await uploadFile(history, api, { taskId: held!, attemptId, name, bytes }));
    });
    const submitting = cluster.meanwhile(400, async () => {
      await cluster.submit(round.random.pick([plans.trained(), plans.chain(), plans.sharded()]));
    });
    for (const name of ['a', 'b', 'a']) {
      const bytes = Buffer.alloc(40, `slow ${name} ${String(round.random.next())}`);
      const slow = new SlowUpload(history, cluster.get(name).api, {
        taskId: held!,
        attemptId,
        name: `slow-${String(statuses.length)}.bin`,
        bytes,
      });
      const slowly = cluster.meanwhile(50, async () => {
        slow.send(1);
      });
      await sleep(500);
      cluster.fault(`SIGTERM of replica ${name}`);
      await cluster.get(name).service.stop();
      await slow.closed;
      await slowly.stop();
      expect(slow.status()).toBe(201);
      await cluster.replica(name);
    }
    await posting.stop();
    await submitting.stop();
    fleet.open('end');
    await cluster.conclude();
    expect(statuses.length).toBeGreaterThan(20);
    expect(statuses.filter((status) => status !== 201)).toEqual([]);
    expect(history.of('posted').filter(({ status }) => status !== 201)).toEqual([]);
  });
});

/** It gives a worker up, and its word reaches Redis when another replica leads and that worker is heard again. */
async function wordOfAStaleLeader(round: Round): Promise<void> {
  const cluster = await round.cluster({ replicas: 0 });
  const proxy = await cluster.proxy();
  await cluster.replica('a', { redisUrl: proxy.url });
  await cluster.replica('b');
  const fleet = await cluster.workers([{ id: 'silent' }]);
  const [held] = await cluster.submit(cluster.plans.single({ gate: 'go' }));
  await fleet.seen('started', { task_id: held! });
  const swallowed = new Promise<void>((resolve) => {
    proxy.rule({
      swallowFrom: (words) => {
        const isGivenUp =
          /^evalsha$/i.test(words[0] ?? '') && words.includes(held!) && words.includes('lost');
        if (isGivenUp) resolve();
        return isGivenUp;
      },
    });
  });
  fleet.signal('SIGSTOP');
  await swallowed;
  cluster.fault('SIGSTOP of the leader, whose last word is on its way still');
  cluster.get('a').service.signal('SIGSTOP');
  cluster.front.remove('a');
  fleet.signal('SIGCONT');
  await waitFor('another leader', async () => (await leaderOf(cluster)) === 'b', { withinMs: 20_000 });
  await cluster.get('b').service.untilReady();
  await sleep(1_000);
  cluster.fault('its last word comes');
  proxy.rule();
  proxy.heal();
  await sleep(1_000);
  cluster.get('a').service.signal('SIGCONT');
  cluster.front.set('a', cluster.get('a').service.port);
  await cluster.get('a').service.untilReady();
  fleet.open('go');
  await cluster.conclude();
  expect(taskRecord(cluster, held!)).toMatchObject({ status: 'DONE', attempt: 1 });
  expect(await lostTasks(cluster, [held!])).toEqual([]);
}
