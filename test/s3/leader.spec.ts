/** What the replica that schedules does with the bucket: it puts shards together, and sweeps what was left. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { Fleet, workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { Replicas } from './replicas';

const ARM = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');
jest.setTimeout(120_000);

let replicas: Replicas;
beforeEach(async () => {
  replicas = new Replicas({ HEARTBEAT_TTL_SEC: '30' });
  await replicas.start(0);
}, 60_000);
afterEach(() => replicas.stop(), 30_000);

test.each(['aggregate.merged', 'aggregate.staged', 'aggregate.committed'])(
  'an aggregate outlives the replica that dies over it at %s',
  async (point) => {
    const doomed = await replicas.add({ CRASH_AT: point }, [ARM]);
    await doomed.service.untilReady();
    const fleet = await Fleet.start({ redisUrl: replicas.redis.url }, workersNamed('w', 2));
    try {
      const task = aTask('sharded').overItems([1, 2, 3, 4], 2).replicas(2);
      const id = await doomed.api.submitOne(task.deliverTo(doomed.api.resultsUrl));
      await waitFor('the crash', () => !doomed.service.isRunning(), { withinMs: 40_000 });
      const { api } = await replicas.add();
      await api.until(id, 'DONE', { withinMs: 60_000 });
      const { merged } = (await api.result(id)).result as { merged: { items: { input: number }[] } };
      expect(merged.items.map(({ input }) => input)).toEqual([1, 2, 3, 4]);
      await waitFor('nothing staged', async () => (await replicas.objects.keys('staged/')).length === 0);
    } finally {
      await fleet.stop();
    }
  },
);

test('what was staged an hour ago for a task that is not open is swept, and nothing younger', async () => {
  const { objects } = replicas;
  const [old, young] = [randomUUID(), randomUUID()].map((id) => `staged/${id}~r~${sha256('')}~1~-.json`);
  await objects.put(old!, '1');
  await objects.put(young!, '1');
  await objects.age(old!, 2 * 3_600_000);
  await replicas.add();
  await waitFor('it to be gone', async () => !(await objects.keys('staged/')).includes(old!), {
    withinMs: 20_000,
  });
  expect(await objects.keys('staged/')).toEqual([young]);
});
