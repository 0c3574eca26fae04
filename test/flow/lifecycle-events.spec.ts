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
      const id = await flow.api.submitOne(aTask().simulate({ fail: 'once', sleepMs: 300 }));
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

  describe('of a beginning that comes in one piece with an end', () => {
    /** By hand, since a simulated worker waits between the two. Resolves with the types that are told. */
    async function toldOf(whose: 'its own' | "another attempt's"): Promise<unknown[]> {
      const { client } = flow.redis;
      const messages = await flow.hear('tasks');
      const worker = `by-hand-of-${String(whose.length)}`;
      const hardware = { cpu: { logical_cores: 8 }, memory: { total_bytes: 2 ** 33 } };
      const fields = {
        worker_id: worker,
        status: 'IDLE',
        started_at: worker,
        hardware_json: JSON.stringify(hardware),
      };
      const say = (type: string, more: object): string =>
        JSON.stringify({ type, worker_id: worker, ts: 'now', ...more });
      await client
        .multi()
        .sadd('workers:ids', worker)
        .hset(`worker:${worker}`, fields)
        .set(`worker:${worker}:hb`, 'now', 'EX', 100)
        .publish('workers.events', say('REGISTER', { status: 'IDLE' }))
        .exec();
      const id = await flow.api.submitOne(aTask());
      const { dispatched_at } = await waitFor('its message', () =>
        messages.find(({ task_id }) => task_id === id),
      );
      const ended = whose === 'its own' ? dispatched_at : '2026-01-01T00:00:00.000000Z';
      await client
        .multi()
        .publish('tasks.events', say('TASK_STARTED', { task_id: id, payload: { dispatched_at } }))
        .publish('tasks.events', say('TASK_SUCCEEDED', { task_id: id, payload: { dispatched_at: ended } }))
        .exec();
      await waitFor('what is told', () =>
        of(id).find(({ type }) => type === 'TASK_ENDED' || type === 'TASK_RUNNING'),
      );
      await client.multi().srem('workers:ids', worker).del(`worker:${worker}`, `worker:${worker}:hb`).exec();
      return of(id).map(({ type }) => type);
    }

    test('only the end is told, where it is the end of the same attempt', async () => {
      expect(await toldOf('its own')).toEqual(['TASK_SUBMITTED', 'TASK_DISPATCHED', 'TASK_ENDED']);
    });

    test('the beginning is, where the end is of another attempt', async () => {
      expect(await toldOf("another attempt's")).toEqual([
        'TASK_SUBMITTED',
        'TASK_DISPATCHED',
        'TASK_RUNNING',
      ]);
    });
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
