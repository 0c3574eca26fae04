/** A worker is idle again, and nobody heard how its task ended: what is to become of it is configured. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const WHY =
  /outcome not heard: worker w is idle again, but its word on the task did not arrive, and no result/;

describe.each([
  [
    'rerun',
    'FAILED',
    { attempt: 4, error: expect.stringMatching(/^poison: .*outcome not heard/) as unknown },
  ],
  ['done', 'DONE', { attempt: 1, reason: expect.stringMatching(WHY) as unknown }],
  ['fail', 'FAILED', { attempt: 1, error: expect.stringMatching(WHY) as unknown, reason: 'unknown_outcome' }],
] as const)('UNKNOWN_OUTCOME=%s', (policy, status, record) => {
  const flow = useFlow({ env: { UNKNOWN_OUTCOME: policy } });

  test(`ends the task ${status}`, async () => {
    // All that is known is that its worker is idle again.
    await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(aTask('silent').simulate({ loseEvent: true }));
    const ended = await flow.api.until(id, status);
    expect(ended).toMatchObject(record);
    const metrics = await (await flow.api.request('/metrics')).text();
    expect(metrics).toMatch(
      new RegExp(`^orchestrator_unknown_outcomes_total ${String(ended.attempt)}$`, 'm'),
    );
  });

  test('does not matter where a result is stored', async () => {
    await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(
      aTask('posted').simulate({ loseEvent: true }).deliverTo(flow.api.resultsUrl),
    );
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ attempt: 1, reason: null });
  });
});
