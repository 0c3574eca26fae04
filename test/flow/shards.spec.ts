/** Data-parallel inference: how a task is split, and how its shards become one result again. */
import type { TaskRecord } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { type Received, workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('a data-parallel task', () => {
  const flow = useFlow();
  const delivered = (name: string) => aTask(name).deliverTo(flow.api.resultsUrl);

  const childrenOf = async (parent: string): Promise<TaskRecord[]> => {
    const all = await flow.api.tasks('?limit=1000');
    return all
      .filter((record) => record.parent_task_id === parent)
      .sort((a, b) => (a.shard_index ?? 0) - (b.shard_index ?? 0));
  };
  const dataOf = (received: Received): Record<string, unknown> =>
    received.message.task.spec.data as Record<string, unknown>;

  test('over a list runs as eight shards whose results come together in order', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 8));
    const id = await flow.api.submitOne(delivered('eight').overItems(numbers(21)));
    await flow.api.until(id, 'DONE');

    const children = await childrenOf(id);
    expect(children.map((child) => [child.shard_index, child.shard_total, child.status])).toEqual(
      numbers(8).map((index) => [index, 8, 'DONE']),
    );
    expect(new Set(children.map((child) => child.run_id)).size).toBe(1);
    expect(
      fleet
        .received()
        .map((received) => received.task_id)
        .sort(),
    ).toEqual(children.map((child) => child.task_id).sort());
    expect(new Set(fleet.received().map((received) => received.worker)).size).toBe(8);
    for (const { message } of fleet.received()) {
      expect(message).toMatchObject({ parent_task_id: id, shard_total: 8 });
      expect(message.task.spec.shard).toEqual({
        index: message.shard_index,
        total: 8,
        parent_task_id: id,
      });
    }

    const envelope = await flow.api.result(id);
    expect(envelope).toMatchObject({
      task_id: id,
      worker_id: 'MULTI',
      metadata: { aggregated: true, shards: 8 },
      result: { merged: { usage: { total_tokens: 21 }, model: 'simulated' } },
    });
    const { shards, merged } = envelope.result as {
      shards: { task_id: string }[];
      merged: { items: { input: number }[] };
    };
    expect(shards.map((shard) => shard.task_id)).toEqual(children.map((child) => child.task_id));
    expect(merged.items.map((item) => item.input)).toEqual(numbers(21));
    expect(await flow.api.task(id)).toMatchObject({ status: 'DONE', retries: 0 });
  });

  test.each([
    ['train[10%:30%]', 200, numbers(40).map((index) => index + 20)],
    ['train[100:500]', 1000, numbers(400).map((index) => index + 100)],
    ['train', 60, numbers(60)],
  ])('over %s covers every row once, in order', async (split, size, rows) => {
    const fleet = await flow.settledWorkers(workersNamed('w', 4));
    const id = await flow.api.submitOne(delivered('rows').overSplit(split, size, 3));
    await flow.api.until(id, 'DONE');
    const { merged } = (await flow.api.result(id)).result as { merged: { items: { input: number }[] } };
    expect(merged.items.map((item) => item.input)).toEqual(rows);
    expect(fleet.received()).toHaveLength(3);
    expect(new Set(fleet.received().map((received) => dataOf(received).split)).size).toBe(3);
  });

  test('is told by its shard alone which part is its own, when the document says so', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 2));
    const document = delivered('by-shard')
      .ofType('inference')
      .with({ data: { type: 'jsonl', path: 'x' } });
    const split = await flow.api.submitOne(document.with({ parallel: { enabled: true, by: 'shard' } }));
    await flow.api.until(split, 'DONE');
    expect(
      fleet
        .received()
        .map((received) => received.message.shard_index)
        .sort(),
    ).toEqual([0, 1]);

    const whole = await flow.api.submitOne(document.with({ parallel: { enabled: true } }));
    await flow.api.until(whole, 'DONE');
    expect(fleet.received(whole)).toHaveLength(1);
    expect(await childrenOf(whole)).toEqual([]);
  });

  test('has its shards deliver here, though its own result would stay with the worker', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 2));
    const id = await flow.api.submitOne(aTask('kept').overItems(numbers(4)).keepAt('elsewhere'));
    await flow.api.until(id, 'DONE');
    const shards = (await childrenOf(id)).map((shard) => shard.task_id);
    const posted = shards.flatMap((shard) => fleet.all('posted', { task_id: shard }));
    expect(posted.map(({ status }) => status)).toEqual([201, 201]);
    expect((await flow.api.result(id)).metadata).toEqual({ aggregated: true, shards: 2 });
  });

  test('runs whole on the one worker there is', async () => {
    const fleet = await flow.workers([{ id: 'alone' }]);
    const id = await flow.api.submitOne(delivered('whole').overItems(numbers(5)));
    await flow.api.until(id, 'DONE');
    expect(fleet.received(id)).toHaveLength(1);
    expect(await flow.api.result(id)).toMatchObject({ worker_id: 'alone' });
  });

  test.each([
    ['one percent cannot be shared', '127.0.0.1', { split: 'train[:1%]', type: 'dataset' }, /percent/i],
    [
      'a worker elsewhere could not reach us',
      '198.51.100.7',
      { items: [1, 2], type: 'list' },
      /ORCHESTRATOR_BASE_URL/,
    ],
  ])('runs whole and says why, when %s', async (_why, ip, data, reason) => {
    const fleet = await flow.settledWorkers(workersNamed('w', 2, { ip }));
    const document = delivered('unsplit')
      .ofType('inference')
      .with({ data, parallel: { enabled: true } })
      .simulate({ gate: 'go' });
    const id = await flow.api.submitOne(document);
    const running = await flow.api.until(id, 'RUNNING');
    expect(running.reason).toMatch(reason);
    fleet.open('go');
    await flow.api.until(id, 'DONE');
    expect(fleet.received()).toHaveLength(1);
  });

  test('is cut into as many shards as it asks for replicas, though not all that fit are idle', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 3));
    const busy = await flow.api.submitOne(aTask('busy').simulate({ gate: 'go' }));
    await flow.api.until(busy, 'RUNNING');
    const id = await flow.api.submitOne(delivered('replicated').overItems(numbers(6)).replicas(3));
    await fleet.seen('posted');
    fleet.open('go');
    await flow.api.until(id, 'DONE');
    expect((await flow.api.result(id)).metadata).toEqual({ aggregated: true, shards: 3 });
    await flow.api.until(busy, 'DONE');
  });

  test('retries a failed shard alone, on another worker', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 4));
    const id = await flow.api.submitOne(
      delivered('one-fails').overItems(numbers(8)).simulate({ fail: 'on:w-3' }),
    );
    await flow.api.until(id, 'DONE');
    const children = await childrenOf(id);
    expect(children.map((child) => child.retries).sort()).toEqual([0, 0, 0, 1]);
    expect(fleet.received()).toHaveLength(5);
    expect((await flow.api.task(id)).retries).toBe(0);
    const { merged } = (await flow.api.result(id)).result as { merged: { items: { input: number }[] } };
    expect(merged.items.map((item) => item.input)).toEqual(numbers(8));
  });

  test('fails once a shard has failed for good, and the other shards are cancelled', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 4));
    const document = delivered('dies')
      .overItems(numbers(8))
      .retry({ maxRetries: 0 })
      .stages({ name: 'infer', spec: { simulate: { fail: 'on:w-2', gate: 'go' } } }, { name: 'report' });
    const [parent, report] = await flow.api.submitIds(document);
    await flow.api.until(parent!, 'FAILED');
    const children = await childrenOf(parent!);
    const culprit = children.find((child) => child.status === 'FAILED');
    expect(children.map((child) => child.status).sort()).toEqual([
      'CANCELLED',
      'CANCELLED',
      'CANCELLED',
      'FAILED',
    ]);
    const failed = await flow.api.task(parent!);
    expect(`${String(failed.error)} ${String(failed.reason)}`).toMatch(/shard|simulated failure/);
    expect(culprit?.error).toMatch(/simulated failure on w-2/);
    await flow.api.until(report!, 'FAILED');
    fleet.open('go');
    await Promise.all(children.map((child) => fleet.seen('finished', { task_id: child.task_id })));
    expect(fleet.all('posted').map((posted) => posted.status)).toEqual([409, 409, 409]);
    expect((await flow.api.request(`/api/v1/results/${parent!}`)).status).toBe(404);
  });

  test('is spread over the worker of the stage before too, which says IDLE a moment later', async () => {
    await flow.settledWorkers(workersNamed('w', 3));
    const [, infer] = await flow.api.submitIds(
      delivered('behind').stages(
        { name: 'prepare', spec: { taskType: 'echo', simulate: { echo: 'ready', idleAfterMs: 100 } } },
        {
          name: 'infer',
          dependsOn: ['prepare'],
          spec: {
            taskType: 'inference',
            data: { type: 'list', items: numbers(6) },
            parallel: { enabled: true },
          },
        },
      ),
    );
    await flow.api.until(infer!, 'DONE');
    expect((await flow.api.result(infer!)).metadata).toEqual({ aggregated: true, shards: 3 });
  });

  test('hands its merged result to the next stage', async () => {
    await flow.settledWorkers(workersNamed('w', 3));
    const [, report] = await flow.api.submitIds(
      delivered('then').stages(
        {
          name: 'infer',
          spec: {
            taskType: 'inference',
            data: { type: 'list', items: ['a', 'b', 'c'] },
            parallel: { enabled: true },
          },
        },
        {
          name: 'report',
          dependsOn: ['infer'],
          spec: {
            taskType: 'echo',
            parallel: { enabled: false },
            simulate: { echo: '${infer.result.merged.items[-1].output}' },
          },
        },
      ),
    );
    await flow.api.until(report!, 'DONE');
    expect((await flow.api.result(report!)).result).toMatchObject({ echo: 'out:c' });
  });
});

describe('where the service has an address of its own', () => {
  const flow = useFlow({ env: { ORCHESTRATOR_BASE_URL: 'http://orchestrator.example:8080' } });

  test('a task is split over workers on other hosts, whose shards are told that address', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 2, { ip: '198.51.100.7' }));
    await flow.api.submitOne(aTask('far').overItems(numbers(4)).keepAt('elsewhere').simulate({ gate: 'go' }));
    await waitFor('both shards to be sent', () => fleet.received().length === 2);
    for (const { message } of fleet.received()) {
      expect(message.task.spec.output).toMatchObject({
        destination: { type: 'http', url: 'http://orchestrator.example:8080/api/v1/results' },
      });
    }
  });
});
