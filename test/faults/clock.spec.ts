/** The row of the table of faults in which calendars are wrong: everything that is compared goes by Redis' clock. */
import { setTimeout as sleep } from 'node:timers/promises';
import { workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { SlowUpload } from './lib/clients';
import { ended } from './lib/ending';
import { leaderOf, lostTasks, taskRecord } from './lib/questions';
import { shiftedClock } from './lib/replica';
import { row } from './lib/row';

const HOUR_MS = 3_600_000;
const TOKEN = 'a-token-of-this-round';

describe('faults of clocks', () => {
  row(25, 'a clock an hour off, either way: nothing expires early', async (round) => {
    const cluster = await round.cluster({ replicas: 0, token: TOKEN, env: { URL_TTL_SEC: '600' } });
    const { history, plans } = cluster;
    const startedAtMs = Date.now();
    await cluster.replica('a', { clockShiftMs: HOUR_MS });
    await cluster.replica('b', { clockShiftMs: -HOUR_MS });
    await Promise.all([
      cluster.workers(workersNamed('ahead', 3), shiftedClock(HOUR_MS)),
      cluster.workers(workersNamed('behind', 3), shiftedClock(-HOUR_MS)),
    ]);
    const [held] = await cluster.submit(plans.single({ gate: 'go' }));
    const ids: string[] = [];
    for (const leaving of [await leaderOf(cluster), null]) {
      // Mistaken times cost workers, retries and signatures when they are believed.
      ids.push(...(await cluster.submitAll([...plans.mixture(), plans.fineTuned()])));
      await sleep(round.isShort ? 500 : 5_000);
      await ended(cluster, ids);
      if (leaving === null) continue;
      // While a file comes slowly, a replica starts whose calendar says that it was left behind an hour ago.
      const fleet = await waitFor('the held task to be sent', () =>
        cluster.fleets.find((each) => each.received(held).length > 0),
      );
      const { attempt_id: attemptId } = fleet.message(held!);
      const staying = leaving === 'a' ? 'b' : 'a';
      const bytes = Buffer.alloc(5_000, 'slowly;');
      const slow = new SlowUpload(
        history,
        cluster.get(staying).api,
        { taskId: held!, attemptId, name: 'slow.bin', bytes },
        TOKEN,
      );
      slow.send(100);
      await cluster.kill(leaving);
      await cluster.replica(leaving, { clockShiftMs: HOUR_MS });
      slow.send(100);
      expect(await slow.finish()).toBe(201);
    }
    for (const fleet of cluster.fleets) fleet.open('go');
    await cluster.conclude();
    const lost = await lostTasks(cluster, [...ids, held!]);
    expect(lost.map((id) => taskRecord(cluster, id).name)).toEqual([]);
    for (const id of ids.filter((each) => taskRecord(cluster, each).status === 'DONE')) {
      const { submitted_at: submitted, finished_at: finished } = await cluster.api.task(id);
      for (const time of [submitted, finished]) {
        expect(Date.parse(time ?? '')).toBeGreaterThan(startedAtMs - 60_000);
        expect(Date.parse(time ?? '')).toBeLessThan(Date.now() + 60_000);
      }
    }
  });
});
