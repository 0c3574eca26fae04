/** Attempts that take longer than they may: their worker sends heartbeats for ever. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

describe('an attempt that takes too long', () => {
  const flow = useFlow({ env: { TASK_TIMEOUTS: 'bounded=0.4', MAX_RETRIES: '1' } });

  test('is a failure: the task goes to another worker, and the first one is left to it', async () => {
    const fleet = await flow.workers([
      { id: 'stuck', cores: 2 },
      { id: 'other', cores: 4 },
    ]);
    const id = await flow.api.submitOne(
      aTask('bounded').simulate({ gate: 'never-1' }).with({ timeoutSec: 0.4 }).deliverTo(flow.api.resultsUrl),
    );
    await fleet.seen('started', { task_id: id, worker: 'other' });
    const failed = await flow.api.until(id, 'FAILED');
    expect(failed).toMatchObject({ retries: 1, attempt: 2, reason: 'timeout, and all 1 retries are spent' });
    expect(failed.error).toBe('timeout: attempt 2 on other took longer than 0.4 s (spec.timeoutSec)');
    // Neither is given more work: both run what they were given.
    const next = await flow.api.submitOne(aTask('waits'));
    await fleet.beat();
    expect((await flow.api.task(next)).status).toBe('PENDING');
    fleet.open('never-1');
    await flow.api.until(next, 'DONE');
  });

  test('is bounded by its type where the document says nothing', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(
      aTask('typed').ofType('bounded').simulate({ gate: 'never-2' }).retry({ maxRetries: 0 }),
    );
    expect((await flow.api.until(id, 'FAILED')).error).toMatch(/^timeout: attempt 1 on w /);
    fleet.open('never-2');
  });

  test('has no bound where the document says 0', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(
      aTask('unbounded').ofType('bounded').with({ timeoutSec: 0 }).simulate({ gate: 'open-3' }),
    );
    const bounded = await flow.api.submitOne(
      aTask('beside').ofType('bounded').simulate({ gate: 'never-3' }).retry({ maxRetries: 0 }).cpu(1),
    );
    await flow.workers([{ id: 'v' }]);
    await flow.api.until(bounded, 'FAILED');
    expect((await flow.api.task(id)).status).toBe('RUNNING');
    fleet.open('open-3');
    await flow.api.until(id, 'DONE');
  });

  test('is DONE all the same when its result comes before the task went out again', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(
      aTask('late')
        .with({ timeoutSec: 0.4 })
        .simulate({ gate: 'late' })
        .retry({ maxRetries: 1, baseDelaySec: 60, maxDelaySec: 60 })
        .deliverTo(flow.api.resultsUrl),
    );
    await flow.api.until(id, 'WAITING');
    fleet.open('late');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ attempt: 1, retries: 1 });
  });
});
