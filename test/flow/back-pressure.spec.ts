/** More open tasks than the service is to hold. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

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
});
