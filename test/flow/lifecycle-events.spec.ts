/** The service tells on the workers' channels what it does with a task. */
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

describe('the lifecycle events of the service', () => {
  const flow = useFlow();
  let heard: Record<string, unknown>[];

  beforeAll(async () => {
    heard = await flow.hear('tasks.events');
  });

  const of = (id: string) => heard.filter((event) => event.source === 'orchestrator' && event.task_id === id);
  const untilEnded = (id: string) =>
    waitFor(`TASK_ENDED of ${id}`, () => of(id).find((event) => event.type === 'TASK_ENDED'));

  test.each(['older', 'newer'] as const)(
    'tell each step of a task that an %s worker fails first',
    async (variety) => {
      await flow.workers([{ id: 'w', variety }]);
      const id = await flow.api.submitOne(aTask().simulate({ fail: 'once', sleepMs: 30 }));
      expect(await untilEnded(id)).toMatchObject({ status: 'DONE' });
      expect(of(id).map((event) => event.type)).toEqual([
        'TASK_SUBMITTED',
        'TASK_DISPATCHED',
        'TASK_RUNNING',
        'TASK_RETRYING',
        'TASK_DISPATCHED',
        'TASK_RUNNING',
        'TASK_ENDED',
      ]);
    },
  );

  test('tell the end of those downstream of a failure', async () => {
    await flow.workers([{ id: 'w' }]);
    const [first, second] = await flow.api.submitIds(
      aTask()
        .retry({ maxRetries: 0 })
        .stages({ name: 'a', spec: { simulate: { fail: 'always' } } }, { name: 'b' }),
    );
    expect(await untilEnded(first!)).toMatchObject({ status: 'FAILED' });
    expect(await untilEnded(second!)).toMatchObject({ status: 'FAILED' });
    expect(of(second!).map((event) => event.type)).toEqual(['TASK_SUBMITTED', 'TASK_ENDED']);
  });

  test('tell once that shards were put together', async () => {
    await flow.settledWorkers(workersNamed('w', 2));
    const id = await flow.api.submitOne(aTask().overItems([1, 2, 3, 4]));
    await untilEnded(id);
    await flow.api.until(id, 'DONE');
    const types = of(id).map((event) => event.type);
    expect(types.filter((type) => type === 'TASK_AGGREGATED')).toHaveLength(1);
    expect(types.filter((type) => type === 'TASK_ENDED')).toHaveLength(1);
  });

  test('are not taken for events of workers', async () => {
    await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(aTask().simulate({ gate: 'never' }));
    await flow.api.until(id, 'RUNNING');
    const forged = { type: 'TASK_SUCCEEDED', task_id: id, worker_id: 'w', ts: 'x', source: 'orchestrator' };
    await flow.redis.client.publish('tasks.events', JSON.stringify(forged));
    for (const nonsense of [
      'not json',
      '[]',
      'null',
      '{"type":"TASK_SUCCEEDED"}',
      '{"type":7,"task_id":{}}',
    ]) {
      await flow.redis.client.publish('tasks.events', nonsense);
      await flow.redis.client.publish('workers.events', nonsense);
    }
    const other = await flow.api.submitOne(aTask('unharmed').cpu(512));
    await flow.api.task(other);
    expect((await flow.api.task(id)).status).toBe('RUNNING');
  });
});
