/** What the service shows of its workers, how it removes dead ones, and how they come back. */
import { aTask } from '../helpers/documents';
import { type Fleet } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

describe('the workers', () => {
  const flow = useFlow({ env: { HEARTBEAT_TTL_SEC: '1.5' } });

  const oneOf = async (id: string) => (await flow.api.workers()).find((worker) => worker.worker_id === id);
  const untilStale = (id: string) => waitFor(`${id} to be stale`, async () => (await oneOf(id))?.stale);
  const cleanUp = async (): Promise<Record<string, unknown>> => {
    const answer = await flow.api.post('/admin/cleanup', {});
    expect(answer.status).toBe(200);
    return (await answer.json()) as Record<string, unknown>;
  };

  test.each(['older', 'newer'] as const)('are listed with what an %s one reports', async (variety) => {
    const fleet = await flow.workers([{ id: 'w', variety, cores: 12, gpus: [{ name: 'NVIDIA A100' }] }]);
    const worker = await oneOf('w');
    expect(worker).toMatchObject({
      worker_id: 'w',
      status: 'IDLE',
      stale: false,
      env: { PYTHON_VERSION: '3.11' },
      tags: ['simulated', variety],
      hardware: { cpu: { logical_cores: 12 } },
    });
    expect(Number(worker?.pid)).toBe(fleet.pid);
    expect(Date.now() - Date.parse(worker!.last_seen!)).toBeLessThan(5_000);
    const { last_seen: _, ...rest } = (await (await flow.api.request('/workers/w')).json()) as Record<
      string,
      unknown
    >;
    expect(worker).toMatchObject(rest);
  });

  test('are 404 when unknown, and gone from the list when they unregister', async () => {
    const fleet = await flow.workers([{ id: 'leaver' }]);
    expect((await flow.api.request('/workers/nobody')).status).toBe(404);
    await fleet.let('leaver', 'unregister');
    expect(await oneOf('leaver')).toBeUndefined();
    expect((await flow.api.request('/workers/leaver')).status).toBe(404);
  });

  test('show the task that they hold', async () => {
    const fleet = await flow.workers([{ id: 'holder' }]);
    const id = await flow.api.submitOne(aTask().simulate({ gate: 'go' }));
    await flow.api.until(id, 'RUNNING');
    expect(JSON.stringify(await oneOf('holder'))).toContain(id);
    expect(await oneOf('holder')).toMatchObject({ status: 'RUNNING' });
    fleet.open('go');
    await flow.api.until(id, 'DONE');
  });

  test('stay when they live, and go by cleanup when they do not', async () => {
    const dead = await flow.workers([{ id: 'dead' }]);
    await flow.workers([{ id: 'alive' }]);
    expect(await cleanUp()).toMatchObject({ ok: true, removed: 0, workers: [] });
    await dead.kill();
    await untilStale('dead');
    const answer = await cleanUp();
    expect(answer).toMatchObject({ ok: true, removed: 1 });
    expect(JSON.stringify(answer.workers)).toContain('dead');
    expect(await oneOf('dead')).toBeUndefined();
    expect(await oneOf('alive')).toMatchObject({ stale: false });
    expect(await flow.redis.client.smembers('workers:ids')).toEqual(['alive']);
  });

  test('come back whole when they were removed and then heartbeat again', async () => {
    const fleet: Fleet = await flow.workers([{ id: 'cut-off', cores: 6 }]);
    const before = await flow.redis.client.hgetall('worker:cut-off');
    await fleet.let('cut-off', 'silence');
    await untilStale('cut-off');
    expect(await cleanUp()).toMatchObject({ removed: 1 });
    expect(await flow.redis.client.exists('worker:cut-off')).toBe(0);

    await fleet.let('cut-off', 'speak');
    const back = await waitFor('the worker to be back', () => oneOf('cut-off'));
    expect(back).toMatchObject({ stale: false, hardware: { cpu: { logical_cores: 6 } } });
    const after = await flow.redis.client.hgetall('worker:cut-off');
    expect({ ...after, last_seen: '' }).toEqual({ ...before, last_seen: '' });
    const id = await flow.api.submitOne(aTask('welcome'));
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'cut-off' });
  });

  test('are announced when they go stale, are removed and return', async () => {
    const heard = await flow.hear('workers.events');
    const ours = () =>
      heard.filter((event) => event.source === 'orchestrator' && event.worker_id === 'subject');

    const fleet = await flow.workers([{ id: 'subject' }]);
    await fleet.let('subject', 'silence');
    await untilStale('subject');
    await waitFor('WORKER_STALE', () => ours().length > 0);
    await cleanUp();
    await fleet.let('subject', 'speak');
    await waitFor('the worker to be back', async () => (await oneOf('subject'))?.stale === false);
    await waitFor(
      'three events',
      () => ours().length >= 3,
      {},
      () => JSON.stringify(ours()),
    );
    expect(ours().map((event) => event.type)).toEqual(['WORKER_STALE', 'WORKER_REMOVED', 'WORKER_RETURNED']);
  });
});
