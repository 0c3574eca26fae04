/** More open tasks than the service is to hold, more submissions than it is to take. */
import { KEY } from '../../src/redis/keys';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

describe('with MAX_OPEN_TASKS=3', () => {
  const flow = useFlow({ env: { MAX_OPEN_TASKS: '3' } });

  test('a document that would go beyond is answered 429 as a whole, until some tasks have ended', async () => {
    const open = await flow.api.submitIds(aTask('open').stages({ name: 'a' }, { name: 'b' }));
    const refused = await flow.api.submitRaw(aTask('more').stages({ name: 'c' }, { name: 'd' }));
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await refused.json()).toMatchObject({
      type: 'urn:orchestrator:too-many-requests',
      detail:
        '2 tasks are open and this document has 2 more; at most 3 (MAX_OPEN_TASKS) are taken. Nothing was registered; try again when some have ended.',
    });
    expect((await flow.api.tasks()).length).toBe(2);
    await flow.api.submitOne(aTask('the-third'));

    await flow.workers([{ id: 'w' }]);
    await flow.api.untilAll(open, 'DONE');
    expect((await flow.api.submitRaw(aTask('more').stages({ name: 'c' }, { name: 'd' }))).status).toBe(201);
  });

  test('what is refused is sent to nobody, not even to idle workers, and nobody takes it for lost', async () => {
    const fleet = await flow.workers(workersNamed('w', 6));
    await flow.api.untilAll(
      (await flow.api.tasks()).map(({ task_id }) => task_id),
      'DONE',
    );
    const open = await flow.api.submitIds(
      aTask('open').simulate({ gate: 'end' }).graph({ name: 'a' }, { name: 'b' }),
    );
    await Promise.all(open.map((id) => flow.api.until(id, 'RUNNING')));
    for (let round = 0; round < 5; round += 1) {
      const refused = await flow.api.submitRaw(aTask('more').graph({ name: 'c' }, { name: 'd' }));
      expect(refused.status).toBe(429);
    }
    const last = await flow.api.submitOne(aTask('last'));
    await flow.api.until(last, 'DONE');
    const registered = new Set((await flow.api.tasks()).map(({ task_id }) => task_id));
    expect(fleet.received().filter(({ task_id }) => !registered.has(task_id))).toEqual([]);
    expect(flow.service.logs()).not.toMatch(/what waited for a worker is gone/);
    fleet.open('end');
    await flow.api.untilAll(open, 'DONE');
  });
});

describe('with MAX_OPEN_TASKS=1', () => {
  const flow = useFlow({ env: { MAX_OPEN_TASKS: '1' } });

  test('what was queued ahead of its refusal, or of a document that was there before, is taken back', async () => {
    const document = aTask('there');
    const submit = (): Promise<Response> =>
      flow.api.submitRaw(document, 'text/yaml', { 'idempotency-key': 'there' });
    const depths = async (): Promise<string[] | null> =>
      (await (await flow.api.request('/metrics')).text()).match(/^orchestrator_queue_depth \d+$/gm);
    expect((await submit()).status).toBe(201);
    await waitFor('it to be queued', async () => (await depths())?.join() === 'orchestrator_queue_depth 1');
    for (let round = 0; round < 5; round += 1) {
      expect((await flow.api.submitRaw(aTask('more'))).status).toBe(429);
      expect((await submit()).headers.get('idempotency-replayed')).toBe('true');
    }
    expect(await depths()).toEqual(['orchestrator_queue_depth 1']);
  });
});

describe('with RATE_LIMIT_PER_SEC=2', () => {
  const flow = useFlow({ env: { RATE_LIMIT_PER_SEC: '2' } });

  test('what goes beyond it within the second is answered 429, and nothing of it is registered', async () => {
    // A second that lasts, and has had one submission.
    await flow.redis.client.set(KEY.submissionRate, 1, 'EX', 600);
    const answers = await Promise.all(['a', 'b', 'c'].map((name) => flow.api.submitRaw(aTask(name))));
    const refused = answers.filter(({ status }) => status !== 201);
    expect(refused.map(({ status }) => status)).toEqual([429, 429]);
    expect(refused[0]?.headers.get('retry-after')).toBe('1');
    expect(await refused[0]?.json()).toMatchObject({
      type: 'urn:orchestrator:too-many-requests',
      detail:
        'At most 2 documents a second (RATE_LIMIT_PER_SEC) are taken. Nothing was registered; try again in a second.',
    });
    expect(await flow.api.tasks()).toHaveLength(1);
  });

  test('the next second takes submissions again, and ends by itself', async () => {
    await flow.redis.client.del(KEY.submissionRate);
    await flow.api.submit(aTask('d'));
    await waitFor(
      'the second to end',
      async () => (await flow.redis.client.exists(KEY.submissionRate)) === 0,
    );
    await flow.api.submit(aTask('e'));
  });
});
