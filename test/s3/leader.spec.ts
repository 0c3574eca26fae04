/** What the replica that schedules does with the bucket: it puts shards together, and sweeps what was left. */
import { randomUUID } from 'node:crypto';
import { resolve } from 'node:path';
import { sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { type DispatchMessage, Fleet, workersNamed } from '../helpers/fleet';
import { waitFor } from '../helpers/wait';
import { Replicas } from './replicas';
import { hold, isResult, startStorageProxy } from './storage-proxy';

const ARM = resolve(__dirname, '../faults/lib/arm-crash-point.cjs');
jest.setTimeout(120_000);

let replicas: Replicas;
beforeEach(async () => {
  replicas = new Replicas({ HEARTBEAT_TTL_SEC: '30' });
  await replicas.start(0);
}, 60_000);
afterEach(() => replicas.stop(), 30_000);

const received = async (fleet: Fleet, id: string): Promise<DispatchMessage> =>
  (await fleet.seen('received', { task_id: id })).message!;

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

test('a failure that is heard while the result of its attempt is sent to the bucket waits for it', async () => {
  const storage = await startStorageProxy(replicas.objects.url);
  const { api } = await replicas.add({ S3_ENDPOINT: storage.url });
  const fleet = await Fleet.start({ redisUrl: replicas.redis.url }, workersNamed('w', 2));
  try {
    const task = (name: string): Promise<string> =>
      api.submitOne(aTask(name).deliverTo(api.resultsUrl).simulate({ gate: 'end' }).retry({ maxRetries: 0 }));
    const [won, lost] = [await task('won'), await task('lost')];
    for (const id of [won, lost]) await fleet.seen('started', { task_id: id });
    const results = hold(storage, isResult);
    const sent = api.request('/api/v1/results', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'X-Orchestrator-Attempt': (await received(fleet, won)).attempt_id,
      },
      body: JSON.stringify({ task_id: won, result: 'won' }),
    });
    await results.underWay();
    for (const id of [won, lost]) {
      const { assigned_worker: worker_id } = await received(fleet, id);
      const failed = { type: 'TASK_FAILED', worker_id, task_id: id, ts: 'x', error: 'after its post' };
      await replicas.redis.client.publish('tasks.events', JSON.stringify(failed));
    }
    await api.until(lost, 'FAILED');
    results.go();
    expect((await sent).status).toBe(201);
    expect((await api.task(won)).status).toBe('DONE');
    fleet.open('end');
  } finally {
    await fleet.stop();
    await storage.stop();
  }
});

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
