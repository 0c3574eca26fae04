/** Rows of the table of faults in which results and files are deleted meanwhile: what is deleted stays so, and nothing else goes. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { CrashPoint } from '../../src/core/crash-point';
import type { Client } from '../helpers/client';
import { workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { deleteResult } from './lib/clients';
import { allTasks, ended, rest } from './lib/ending';
import { row } from './lib/row';

const MINUTES = 60_000;
const POINTS: readonly CrashPoint[] = ['delete.begun', 'delete.hidden', 'delete.buried'];
/** What a crash has cut off is ended by whoever schedules. */
const OFTEN = { RETENTION_INTERVAL_SEC: '0.5' };

const statuses = async (api: Client, id: string): Promise<number[]> => {
  const asked = ['', '/files', '/files/final_model.zip'].map((below) =>
    api.request(`/api/v1/results/${id}${below}`),
  );
  return (await Promise.all(asked)).map(({ status }) => status);
};

describe('faults while results are deleted', () => {
  row(
    33,
    'kill -9 in the middle of deletions: what was deleted is gone everywhere, and nothing else is',
    async (round) => {
      const cluster = await round.cluster({ replicas: 2, env: OFTEN });
      await cluster.workers(workersNamed('w', 4, { returnsAfterMs: 100 }));
      const stored = async (count: number): Promise<string[]> => {
        const plans = Array.from({ length: count }, () => cluster.plans.trained());
        const ids = await cluster.submitAll(plans);
        await ended(cluster, ids);
        return ids;
      };
      for (const point of round.random.shuffle(POINTS)) {
        const [id = '', kept = ''] = await stored(2);
        await cluster.get('a').service.stop();
        const { api } = await cluster.replica('a', { crashAt: point });
        const death = cluster.dead('a');
        expect(await deleteResult(cluster.history, api, id)).toBeNull();
        await death;
        const other = cluster.get('b').api;
        expect([point, await statuses(other, id)]).toEqual([point, [410, 410, 410]]);
        expect(await statuses(other, kept)).toEqual([200, 200, 200]);
        await cluster.delete(id);
        await cluster.replica('a');
      }
      for (let kills = round.isShort ? 2 : 10; kills > 0; kills -= 1) {
        const [kept = '', ...ids] = await stored(4);
        const [spread = ''] = await cluster.submit(cluster.plans.sharded());
        await ended(cluster, [spread]);
        const passing = cluster.submitAll([cluster.plans.shortLived(), cluster.plans.shortLived()]);
        const deletions = [...ids, spread].map((id) => cluster.delete(id));
        const name = round.random.chance(0.5) ? 'a' : 'b';
        await sleep(round.random.between(0, 40));
        await cluster.kill(name);
        await cluster.replica(name);
        await Promise.all(deletions);
        expect(await statuses(cluster.api, kept)).toEqual([200, 200, 200]);
        const shards = (await allTasks(cluster)).filter((task) => task.parent_task_id === spread);
        for (const { task_id: id } of shards)
          expect((await cluster.api.request(`/api/v1/results/${id}`)).status).toBe(410);
        for (const id of await passing) {
          const isGone = async (): Promise<boolean> =>
            (await statuses(cluster.api, id)).every((status) => status === 410);
          await waitFor(`task ${id} to be done, and deleted`, isGone, { withinMs: 60_000, everyMs: 100 });
        }
      }
      await cluster.conclude();
    },
    5 * MINUTES,
  );

  row(34, 'Redis comes back with an older dataset, then empty: what was deleted stays so', async (round) => {
    const cluster = await round.cluster({ replicas: 2, env: OFTEN });
    const fleet = await cluster.workers(workersNamed('w', 4, { returnsAfterMs: 100 }));
    const { plans } = cluster;
    const [early = ''] = await cluster.submitAll([plans.trained(), plans.single()]);
    await rest(cluster);
    const [running = ''] = await cluster.submit(plans.trained(20_000, { gate: 'after the snapshot' }));
    await fleet.seen('started', { task_id: running }, { withinMs: 20_000 });
    await cluster.redis.client.save();
    fleet.open('after the snapshot');
    const [late = ''] = await cluster.submit(plans.trained());
    await rest(cluster);
    for (const id of [early, running, late]) await cluster.delete(id);

    cluster.fault('kill -9 of Redis, which comes back as it was at the snapshot');
    await cluster.redis.crash();
    cluster.history.add({ kind: 'writesLost' });
    await cluster.redis.restart();
    await cluster.submitAll(plans.mixture());
    await rest(cluster);
    for (const id of [early, running]) {
      expect(await cluster.api.task(id)).toMatchObject({ status: 'DONE', attempt: 1 });
      expect((await cluster.api.request(`/api/v1/results/${id}`)).status).not.toBe(200);
    }
    await cluster.delete(early);

    cluster.fault('FLUSHALL');
    await cluster.redis.client.flushall();
    cluster.history.add({ kind: 'writesLost' });
    await cluster.submitAll(plans.mixture());
    await cluster.conclude();
  });
});
