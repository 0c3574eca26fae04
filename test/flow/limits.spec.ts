/** What is too large, what is asked for out of turn, and what ends early. */
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';

describe('a message that is too large for a worker', () => {
  const flow = useFlow({ env: { MAX_MESSAGE_BYTES: '8192' } });
  const delivered = (name: string) => aTask(name).deliverTo(flow.api.resultsUrl);

  test('is cut down to what the document names of its upstream results', async () => {
    const fleet = await flow.workers(workersNamed('w', 1));
    const result = { wanted: 'small', bulk: 'x'.repeat(5_000) };
    const [, , user] = await flow.api.submitIds(
      delivered('cut').stages(
        { name: 'source', spec: { simulate: { result } } },
        { name: 'other', dependsOn: [], spec: { simulate: { result } } },
        {
          name: 'user',
          dependsOn: ['source', 'other'],
          spec: { simulate: { echo: '${source.result.wanted}' } },
        },
      ),
    );
    await flow.api.until(user!, 'DONE');
    const [received] = fleet.received(user);
    expect(received?.message.task.spec._upstreamResults).toEqual({ source: { result: { wanted: 'small' } } });
    expect((await flow.api.result(user!)).result).toMatchObject({ echo: 'small' });
  });

  test('fails its task with the sizes of its parts when that does not help', async () => {
    await flow.workers(workersNamed('w', 1));
    const id = await flow.api.submitOne(delivered('large').with({ prompt: 'x'.repeat(20_000) }));
    const record = await flow.api.until(id, 'FAILED');
    expect(record.reason).toBe('message_too_large');
    expect(record.error).toMatch(/at most 8192 .*spec\.prompt 2000\d/);
    expect(record.attempt).toBe(0);
  });
});

describe('a task that is cancelled', () => {
  const flow = useFlow();
  const cancel = (id: string): Promise<Response> =>
    fetch(`${flow.service.url}/api/v1/tasks/${id}/cancel`, { method: 'POST' });

  test('ends with what waits for it, its result is refused, and its worker goes on when it is done', async () => {
    const fleet = await flow.workers(workersNamed('w', 1));
    const [first, second] = await flow.api.submitIds(
      aTask('stop')
        .deliverTo(flow.api.resultsUrl)
        .stages({ name: 'a', spec: { simulate: { gate: 'go' } } }, { name: 'b' }),
    );
    await flow.api.until(first!, 'RUNNING');
    expect((await cancel(first!)).status).toBe(200);
    await flow.api.until(second!, 'CANCELLED');
    const next = await flow.api.submitOne(aTask('next').deliverTo(flow.api.resultsUrl));
    fleet.open('go');
    await flow.api.until(next, 'DONE');
    expect(fleet.all('posted')[0]).toMatchObject({ task_id: first, status: 409 });
    expect(await flow.api.task(first!)).toMatchObject({ status: 'CANCELLED', attempt: 1 });
  });

  test('answers again as before, and a task that is done is a conflict', async () => {
    await flow.workers(workersNamed('w', 1));
    const done = await flow.api.submitOne(aTask('done').deliverTo(flow.api.resultsUrl));
    await flow.api.until(done, 'DONE');
    expect((await cancel(done)).status).toBe(409);
    const pending = await flow.api.submitOne(aTask('pending').cpu(4_000));
    expect((await cancel(pending)).status).toBe(200);
    expect((await cancel(pending)).status).toBe(200);
    expect((await cancel('nobody')).status).toBe(404);
  });
});

describe('priority', () => {
  const flow = useFlow({ env: { PRIORITY_AGING_SEC: '3600' } });

  test('goes first, and among equals the order of submission counts', async () => {
    const fleet = await flow.workers(workersNamed('w', 1));
    const blocker = await flow.api.submitOne(aTask('blocker').simulate({ gate: 'go' }));
    await flow.api.until(blocker, 'RUNNING');
    const ids: string[] = [];
    for (const [name, priority] of [
      ['low', -1],
      ['first', 0],
      ['second', 0],
      ['high', 5],
    ] as const) {
      ids.push(await flow.api.submitOne(aTask(name).with({ priority })));
    }
    fleet.open('go');
    for (const id of ids) await flow.api.until(id, 'DONE');
    const order = fleet.received().map(({ message }) => message.task.metadata.name);
    expect(order).toEqual(['blocker', 'high', 'first', 'second', 'low']);
  });
});

describe('items that come out of an earlier stage', () => {
  const flow = useFlow();

  test('are spread over shards as they are, templates in them included', async () => {
    const fleet = await flow.settledWorkers(workersNamed('w', 2));
    const items = ['plain', '${not.a.template}', '$${neither}', 'last'];
    const [, spread] = await flow.api.submitIds(
      aTask('late')
        .deliverTo(flow.api.resultsUrl)
        .stages(
          { name: 'source', spec: { simulate: { result: { items } } } },
          {
            name: 'spread',
            spec: {
              taskType: 'inference',
              parallel: { enabled: true },
              data: { type: 'list', items: '${source.result.items}' },
            },
          },
        ),
    );
    await flow.api.until(spread!, 'DONE');
    const shards = fleet.received().filter(({ message }) => message.parent_task_id === spread);
    const sent = shards
      .sort((a, b) => (a.message.shard_index ?? 0) - (b.message.shard_index ?? 0))
      .flatMap(({ message }) => (message.task.spec.data as { items: string[] }).items);
    expect(sent).toEqual(items);
    expect(shards).toHaveLength(2);
  });
});

describe('a result that comes after the end of its task was heard', () => {
  const flow = useFlow({ env: { RESULT_WAIT_SEC: '20' } });

  test('is waited for by those who use it, and by no one else', async () => {
    const fleet = await flow.workers(workersNamed('w', 1));
    const [first, user, other] = await flow.api.submitIds(
      aTask('late')
        .keepAt('with-the-worker')
        .stages(
          { name: 'first' },
          { name: 'user', spec: { simulate: { echo: '${first.result.value}' } } },
          { name: 'other', dependsOn: ['first'] },
        ),
    );
    await flow.api.until(first!, 'DONE');
    await flow.api.until(other!, 'DONE');
    expect(await flow.api.task(user!)).toMatchObject({ status: 'PENDING', waiting_on: [], attempt: 0 });
    const posted = await fetch(flow.api.resultsUrl, {
      method: 'POST',
      body: JSON.stringify({ task_id: first, result: { value: 42 } }),
    });
    expect(posted.status).toBe(201);
    await flow.api.until(user!, 'DONE');
    expect(fleet.received(user)[0]?.message.task.spec.simulate).toEqual({ echo: 42 });
  });
});
