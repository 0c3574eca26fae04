/** A worker fails a task: where it goes next, when it is given up, and whom it takes along. */
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';

describe('a task that a worker fails', () => {
  const flow = useFlow();

  test.each(['older', 'newer'] as const)('goes to another %s worker as a new attempt', async (variety) => {
    const fleet = await flow.settledWorkers([
      { id: 'bad', cores: 2, variety },
      { id: 'good', cores: 4, variety },
    ]);
    const id = await flow.api.submitOne(
      aTask().simulate({ fail: 'on:bad', echo: 1 }).deliverTo(flow.api.resultsUrl),
    );
    const record = await flow.api.until(id, 'DONE');
    expect(record).toMatchObject({
      assigned_worker: 'good',
      last_failed_worker: 'bad',
      retries: 1,
      attempt: 2,
      next_retry_at: null,
    });
    const messages = fleet.received(id).map((received) => received.message);
    expect(messages.map((message) => [message.assigned_worker, message.attempt])).toEqual([
      ['bad', 1],
      ['good', 2],
    ]);
    expect(new Set(messages.map((message) => message.attempt_id)).size).toBe(2);
    expect(new Set(messages.map((message) => message.dispatched_at)).size).toBe(2);
  });

  test('goes back to the same worker when no other fits', async () => {
    const fleet = await flow.workers([
      { id: 'big', cores: 64 },
      { id: 'small', cores: 1 },
    ]);
    const id = await flow.api.submitOne(aTask().cpu(32).simulate({ fail: 'once' }));
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ retries: 1, assigned_worker: 'big' });
    expect(fleet.received(id).map((received) => received.worker)).toEqual(['big', 'big']);
  });

  test('backs off first, and says until when', async () => {
    await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(
      aTask('slow-retry')
        .simulate({ fail: 'always' })
        .retry({ maxRetries: 1, baseDelaySec: 86_400, maxDelaySec: 86_400 }),
    );
    const waiting = await flow.api.until(id, 'WAITING');
    expect(waiting).toMatchObject({ retries: 1, max_retries: 1, last_failed_worker: 'w' });
    expect(Date.parse(waiting.next_retry_at!)).toBeGreaterThan(Date.now());
    expect(waiting.error).toMatch(/simulated failure on w/);

    const other = await flow.api.submitOne(aTask('not-held-up'));
    await flow.api.until(other, 'DONE');
  });

  test('fails for good when its retries are spent, and so does everything downstream, naming the culprit', async () => {
    const fleet = await flow.workers(workersNamed('w', 2));
    const submission = await flow.api.submit(
      aTask('doomed').graph(
        { name: 'culprit', spec: { simulate: { fail: 'always' }, retry: { maxRetries: 2 } } },
        { name: 'next', dependsOn: ['culprit'] },
        { name: 'further', dependsOn: ['next'] },
        { name: 'bystander' },
      ),
    );
    const [culprit, next, further, bystander] = submission.tasks.map((task) => task.task_id);
    expect(submission.tasks.map((task) => task.max_retries)).toEqual([2, 3, 3, 3]);

    const failed = await flow.api.until(culprit!, 'FAILED');
    expect(failed).toMatchObject({ retries: 2, attempt: 3 });
    expect(failed.error).toMatch(/simulated failure/);
    expect(fleet.received(culprit)).toHaveLength(3);

    for (const id of [next!, further!]) {
      const record = await flow.api.until(id, 'FAILED');
      expect(record.reason).toMatch(new RegExp(`doomed:culprit|${culprit!}`));
      expect(record).toMatchObject({ attempt: 0, started_at: null, waiting_on: [] });
      expect(record.finished_at).not.toBeNull();
      expect(fleet.received(id)).toEqual([]);
    }
    await flow.api.until(bystander!, 'DONE');
  });

  test('is not retried when the document allows none', async () => {
    const fleet = await flow.workers(workersNamed('w', 2));
    const id = await flow.api.submitOne(aTask().simulate({ fail: 'once' }).retry({ maxRetries: 0 }));
    expect(await flow.api.until(id, 'FAILED')).toMatchObject({ retries: 0, max_retries: 0, attempt: 1 });
    expect(fleet.received(id)).toHaveLength(1);
  });

  test('cannot be depended on any more, while one that is done is satisfied at once', async () => {
    await flow.workers([{ id: 'w' }]);
    const failed = await flow.api.submitOne(
      aTask('gone').simulate({ fail: 'always' }).retry({ maxRetries: 0 }),
    );
    const done = await flow.api.submitOne(aTask('fine'));
    await flow.api.until(failed, 'FAILED');
    await flow.api.until(done, 'DONE');

    const problem = await flow.api.refused(aTask('late').after(done, failed));
    expect(problem.errors).toEqual([
      expect.objectContaining({ path: 'spec.dependsOn[1]', message: expect.stringContaining('FAILED') }),
    ]);
    const submission = await flow.api.submit(aTask('late').after(done));
    expect(submission.tasks[0]!.waiting_on).toEqual([]);
    await flow.api.until(submission.tasks[0]!.task_id, 'DONE');
  });
});
