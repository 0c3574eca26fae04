/** Rows of the table of faults in which messages and answers are lost, late, doubled or out of order. */
import { workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import type { Cluster } from './lib/cluster';
import { rest } from './lib/ending';
import type { EndedTask } from './lib/history';
import { postResult } from './lib/clients';
import type { Proxy } from './lib/proxy';
import { lostTasks, storedResult, taskRecord } from './lib/questions';
import { row, type Round } from './lib/row';

describe('faults of messages', () => {
  row(8, 'a dispatch message is lost: the task is ready again, no retry is spent', async (round) => {
    const cluster = await round.cluster();
    const proxy = await cluster.proxy();
    const lost = new Map<string, string>();
    const spared = new Set<string>();
    proxy.rule({
      // Each worker of a process hears each message, so the same is done to every copy.
      onMessage: (channel, { task_id: task, attempt_id: attempt, assigned_worker: worker }) => {
        if (channel !== 'tasks' || !String(worker).startsWith('hard-of-hearing')) return 'pass';
        const id = String(attempt);
        if (!lost.has(id) && !spared.has(id)) {
          if (lost.size === 0 || round.random.chance(0.3)) lost.set(id, String(task));
          else spared.add(id);
        }
        return lost.has(id) ? 'drop' : 'pass';
      },
    });
    await cluster.workers(workersNamed('hard-of-hearing', 2), { redisUrl: proxy.url });
    const [first] = await cluster.submit(cluster.plans.single());
    await waitFor('a lost message', () => lost.size > 0);
    await cluster.workers(workersNamed('w', 2));
    await cluster.submitAll(cluster.plans.mixture());
    await cluster.conclude();
    expect(taskRecord(cluster, first!)).toMatchObject({ status: 'DONE', retries: 0 });
    expect(taskRecord(cluster, first!).attempt).toBeGreaterThan(1);
    for (const id of lost.values())
      expect(await cluster.redis.client.hget(`orch:task:${id}`, 'losses')).toBeNull();
  });

  row(
    9,
    'a dispatch message that comes after the task went to another worker changes nothing',
    async (round) => {
      const cluster = await round.cluster();
      const proxy = await cluster.proxy();
      proxy.rule({ onMessage: (channel) => (channel === 'tasks' ? 'hold' : 'pass') });
      const late = await cluster.workers([{ id: 'late' }], { redisUrl: proxy.url });
      const [id] = await cluster.submit(cluster.plans.trained(50_000, { gate: 'go' }));
      await waitFor('the dispatch to the late worker', () => cluster.history.of('dispatched').length > 0);
      const other = await cluster.workers([{ id: 'other' }]);
      await other.seen('started', { task_id: id! }, { withinMs: 20_000 });

      cluster.fault('the message that was held goes on');
      proxy.rule();
      proxy.release();
      await late.seen('started', { task_id: id! });
      for (const fleet of round.random.shuffle([late, other])) {
        fleet.open('go');
        await fleet.seen('finished', { task_id: id! });
      }
      await cluster.submitAll(cluster.plans.mixture());
      await cluster.conclude();
      expect(taskRecord(cluster, id!)).toMatchObject({ status: 'DONE', retries: 0, worker: 'other' });
      expect(storedResult(cluster, id!).madeBy).toBe(other.message(id!).attempt_id);
    },
  );

  row(10, 'events come a hundred times and in any order: each counts once', async (round) => {
    // What the proxy still holds on a busy machine is not for the sweep to judge.
    const { cluster, proxy } = await behindProxy(round, { SWEEP_INTERVAL_SEC: '10' });
    proxy.rule({
      onMessage: (channel, { type }) =>
        channel === 'tasks.events' || (channel === 'workers.events' && type !== 'HEARTBEAT')
          ? 'hold'
          : 'pass',
    });
    const shuffler = cluster.meanwhile(150, async () => {
      proxy.release(
        (held) => round.random.shuffle(held.flatMap((event) => Array<Buffer>(100).fill(event))),
        // Some come again later, when their task has gone on.
        (held) => held.filter(() => round.random.chance(0.7)),
      );
    });
    // Older workers name no attempt in their events, so a copy of a failure would count against the next one.
    await cluster.workers(workersNamed('w', 4, { variety: 'newer' }));
    await cluster.submitAll(cluster.plans.mixture());
    // Their second attempts run long enough to hear of the first.
    const twice = { fail: 'once', sleepMs: 800 } as const;
    await cluster.submitAll([1, 2, 3].map(() => cluster.plans.flaky(twice)));
    await cluster.conclude();
    await shuffler.stop();
    expectNoMoreAttempts(cluster, () => true);
  });

  row(11, 'every TASK_SUCCEEDED is lost: the posted result suffices', async (round) => {
    const { cluster, proxy } = await behindProxy(round);
    proxy.rule({ onMessage: (_channel, { type }) => (type === 'TASK_SUCCEEDED' ? 'drop' : 'pass') });
    await cluster.workers(workersNamed('w', 4));
    const ids = await cluster.submitAll(
      cluster.plans.mixture().filter(({ name }) => !name.startsWith('local')),
    );
    await cluster.conclude();
    expectNoMoreAttempts(cluster, () => true);
    expect(await lostTasks(cluster, ids)).toEqual([]);
  });

  row(
    12,
    'every event is lost, then every ring: the sweeper finds what they would have told',
    async (round) => {
      const { cluster, proxy } = await behindProxy(round, { SWEEP_INTERVAL_SEC: '1' });
      proxy.rule({ onMessage: (channel) => (channel.endsWith('.events') ? 'drop' : 'pass') });
      await cluster.workers(workersNamed('w', 4));
      await cluster.submitAll(cluster.plans.mixture().filter(({ name }) => !/^(?:local|flaky)/.test(name)));
      await rest(cluster);
      // What stays in shared storage is told by nobody but the file itself.
      await cluster.workers(workersNamed('shared', 2, { gpus: [{ name: 'NVIDIA A100-SXM4-80GB' }] }), {
        resultsDir: cluster.resultsDir,
      });
      const local = cluster.plans.local();
      local.document.gpu(1);
      await cluster.submit(local);
      await rest(cluster);

      cluster.fault('the doorbell between the scripts and who schedules is deaf');
      proxy.rule({ onMessage: (channel) => (channel === 'orch:doorbell' ? 'drop' : 'pass') });
      const { plans } = cluster;
      await cluster.submitAll([plans.single(), plans.flaky(), plans.sharded()]);
      await cluster.conclude();
    },
  );

  row(13, 'the same result posted at once to two replicas: one commits it, both say yes', async (round) => {
    const cluster = await round.cluster({ replicas: 0 });
    for (const name of ['a', 'b']) {
      const proxy = await cluster.proxy();
      await cluster.replica(name, { redisUrl: proxy.url });
      // Both have read the state before either has changed it.
      proxy.delay(30);
    }
    const fleet = await cluster.workers([{ id: 'w' }]);
    for (let times = round.isShort ? 3 : 10; times > 0; times -= 1) {
      const [id] = await cluster.submit(cluster.plans.single({ gate: `never-${String(times)}` }));
      await fleet.seen('started', { task_id: id! });
      const { attempt_id: attemptId, assigned_worker: worker } = fleet.message(id!);
      const result = { made_by: { worker, attempt_id: attemptId }, times };
      const posts = [...cluster.replicas.values()].flatMap(({ api }) => [api, api]);
      const statuses = await Promise.all(
        posts.map((api) => postResult(cluster.history, api, { taskId: id!, attemptId, result })),
      );
      expect(statuses.sort()).toEqual([200, 200, 200, 201]);
      fleet.open(`never-${String(times)}`);
      await fleet.seen('finished', { task_id: id! });
    }
    await cluster.conclude();
  });

  row(
    19,
    'the reply of a script is lost, and the connection with it: nothing is done twice',
    async (round) => {
      const { cluster, proxy } = await behindProxy(round);
      // Of each script one reply, the first or one of the next.
      const counts = new Map<string, number>();
      const cutAt = new Map<string, number>();
      proxy.rule({
        onReply: ([command = '', sha = '']) => {
          if (!/^evalsha$/i.test(command)) return 'pass';
          const count = (counts.get(sha) ?? 0) + 1;
          counts.set(sha, count);
          if (!cutAt.has(sha)) cutAt.set(sha, round.random.between(1, 3));
          if (count !== cutAt.get(sha)) return 'pass';
          cluster.fault('the reply of a script is cut off');
          return 'cut';
        },
      });
      await cluster.workers(workersNamed('w', 4));
      for (let times = round.isShort ? 2 : 6; times > 0; times -= 1) {
        await cluster.submitAll(cluster.plans.mixture());
        await rest(cluster);
        counts.clear();
        cutAt.clear();
      }
      proxy.rule();
      await cluster.conclude();
      // Only what stays with its worker can be told by nobody but an event.
      expectNoMoreAttempts(cluster, ({ name }) => !name.startsWith('local'));
    },
  );
});

/** Tasks that are DONE took one attempt, those that fail once took two; parents of shards take none. */
function expectNoMoreAttempts(cluster: Cluster, of: (task: EndedTask) => boolean): void {
  const done = cluster.history
    .of('ended')
    .at(-1)!
    .tasks.filter((task) => task.status === 'DONE' && of(task));
  expect(done.length).toBeGreaterThan(5);
  const most = ({ name }: EndedTask): number => (name.startsWith('flaky') ? 2 : 1);
  expect(done.filter((task) => task.attempt > most(task))).toEqual([]);
}

/** One replica that reaches Redis through a proxy. */
async function behindProxy(
  round: Round,
  env: Readonly<Record<string, string>> = {},
): Promise<{ cluster: Cluster; proxy: Proxy }> {
  const cluster = await round.cluster({ replicas: 0, env });
  const proxy = await cluster.proxy();
  await cluster.replica('a', { redisUrl: proxy.url });
  return { cluster, proxy };
}
