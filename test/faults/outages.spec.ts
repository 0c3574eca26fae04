/** Rows of the table of faults in which the service lives and Redis is out of its reach: what workers send is not lost. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workersNamed } from '../helpers/fleet';
import { LASTING } from '../helpers/redis';
import { waitFor } from '../helpers/wait';
import { postResult, uploadFile } from './lib/clients';
import { ended } from './lib/ending';
import { lostTasks, storedResult, taskRecord } from './lib/questions';
import { row } from './lib/row';

describe('results while Redis is out of reach', () => {
  row(
    18,
    'the orchestrator is cut off from Redis, also half-open: POST 202, alive, not ready',
    async (round) => {
      const cluster = await round.cluster({ replicas: 0 });
      const proxy = await cluster.proxy();
      const replica = await cluster.replica('a', { redisUrl: proxy.url });
      const statusOf = async (path: string): Promise<number> => (await replica.api.request(path)).status;
      const fleet = await cluster.workers(workersNamed('w', 4));
      for (const cutOff of round.random.shuffle(['refused', 'half-open'] as const)) {
        const gate = `while ${cutOff}`;
        const held = await cluster.submitAll([
          cluster.plans.single({ gate }),
          cluster.plans.trained(20_000, { gate }),
          cluster.plans.single({ gate }),
        ]);
        for (const id of held) await fleet.seen('started', { task_id: id }, { withinMs: 20_000 });
        const inTime = cluster.plans.single({ gate });
        inTime.document.with({ timeoutSec: 4 }).retry({ maxRetries: 0 });
        const [timed] = await cluster.submit(inTime);
        await fleet.seen('started', { task_id: timed! }, { withinMs: 20_000 });
        held.push(timed!);
        cluster.fault(`Redis is ${cutOff}`);
        if (cutOff === 'refused') proxy.refuse();
        else proxy.blackHole();

        fleet.open(gate);
        for (const id of held) {
          const { status } = await fleet.seen('posted', { task_id: id }, { withinMs: 20_000 });
          expect([id, status]).toEqual([id, 202]);
        }
        expect(fleet.all('uploaded', { task_id: held[1]! }).map(({ status }) => status)).toEqual([202]);
        await waitFor('it to say that it is not ready', async () => (await statusOf('/readyz')) === 503);
        expect(await statusOf('/healthz')).toBe(200);
        // Its time is over before anybody knows that its result is here.
        await sleep(4_000);

        cluster.fault('Redis is in reach again');
        proxy.heal();
        await replica.service.untilReady();
        await ended(cluster, held);
        expect(await lostTasks(cluster, held)).toEqual([]);
      }
      await cluster.submitAll(cluster.plans.mixture());
      await cluster.conclude();
    },
  );

  row(
    31,
    'results and uploads while the service starts, or Redis is away: all are committed',
    async (round) => {
      const cluster = await round.cluster({ redis: LASTING });
      const { history, api, plans } = cluster;
      const fleet = await cluster.workers(workersNamed('w', 6, { returnsAfterMs: 100 }));
      for (const redisIsAway of round.random.shuffle([true, false])) {
        const gate = `redis is away: ${String(redisIsAway)}`;
        const byWorkers = await cluster.submitAll([
          plans.single({ gate }),
          plans.trained(20_000, { gate }),
          plans.trained(300_000, { gate }),
        ]);
        const [byClient] = await cluster.submit(plans.single({ gate: `never, ${gate}` }));
        for (const id of [...byWorkers, byClient!]) {
          await fleet.seen('started', { task_id: id }, { withinMs: 20_000 });
        }
        const { attempt_id: attemptId } = fleet.message(byClient!);

        await cluster.kill('a');
        if (redisIsAway) {
          cluster.fault('kill -9 of Redis');
          await cluster.redis.crash();
        }
        // They knock before anybody listens.
        fleet.open(gate);
        const posts = [
          uploadFile(history, api, {
            taskId: byClient!,
            attemptId,
            name: 'notes.txt',
            bytes: Buffer.from('all of it'),
          }),
          postResult(history, api, {
            taskId: byClient!,
            attemptId,
            result: { made_by: { attempt_id: attemptId } },
          }),
        ];
        await cluster.replica('a', { eager: true });
        const statuses = await Promise.all(posts);
        for (const id of byWorkers) {
          statuses.push((await fleet.seen('posted', { task_id: id }, { withinMs: 20_000 })).status ?? null);
        }
        for (const status of statuses) expect(redisIsAway ? [202] : [201, 202]).toContain(status);
        if (redisIsAway) await cluster.redis.restart();
        await ended(cluster, [...byWorkers, byClient!]);
        fleet.open(`never, ${gate}`);
      }
      await cluster.submitAll(plans.mixture());
      await cluster.conclude();
      for (const { taskId, attemptId } of history.of('posted').filter(({ status }) => status === 202)) {
        expect(taskRecord(cluster, taskId)).toMatchObject({ status: 'DONE', retries: 0, attempt: 1 });
        expect(storedResult(cluster, taskId).madeBy).toBe(attemptId);
      }
    },
  );
});
