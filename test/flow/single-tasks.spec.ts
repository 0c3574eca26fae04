/** One task, one worker: what is sent, what counts as its end, and what the record and the result say then. */
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const VARIETIES = ['older', 'newer'] as const;

describe('a single task', () => {
  const flow = useFlow();

  test.each(VARIETIES)('runs on an %s worker that posts its result', async (variety) => {
    const fleet = await flow.workers([{ id: 'w', variety }]);
    const document = aTask('greet').simulate({ echo: 'hello' }).deliverTo(flow.api.resultsUrl);

    const submission = await flow.api.submit(document);
    expect(submission).toMatchObject({
      ok: true,
      count: 1,
      tasks: [{ name: 'greet', waiting_on: [], retries: 0, max_retries: 3 }],
    });
    const id = submission.tasks[0]!.task_id;

    const record = await flow.api.until(id, 'DONE');
    expect(record).toMatchObject({
      task_id: id,
      assigned_worker: 'w',
      attempt: 1,
      retries: 0,
      error: null,
      topic: 'tasks',
      parent_task_id: null,
      graph_node_name: null,
    });
    expect(Date.parse(record.started_at!)).toBeGreaterThanOrEqual(Date.parse(record.submitted_at));
    expect(Date.parse(record.finished_at!)).toBeGreaterThanOrEqual(Date.parse(record.started_at!));

    const envelope = await flow.api.result(id);
    expect(Object.keys(envelope).sort()).toEqual([
      'metadata',
      'received_at',
      'result',
      'task_id',
      'worker_id',
    ]);
    expect(envelope).toMatchObject({ task_id: id, worker_id: 'w', result: { echo: 'hello' } });

    const posted = await fleet.seen('posted', { task_id: id });
    expect(posted.status).toBe(201);
    expect(JSON.parse(posted.body!)).toEqual({ ok: true, path: `${id}/responses.json` });
    expect(fleet.received(id)).toHaveLength(1);
  });

  test('is sent whole, with an identity in the message and in the headers of our own destination', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const document = aTask('whole')
      .with({ generation: { nested: [1, { deep: true }] }, enforce_cpu: true, configName: null })
      .deliverTo(flow.api.resultsUrl, 'a-token');
    const id = await flow.api.submitOne(document);
    await flow.api.until(id, 'DONE');

    const message = fleet.message(id);
    expect(message).toMatchObject({
      task_id: id,
      task_type: 'echo',
      assigned_worker: 'w',
      parent_task_id: null,
      attempt: 1,
      attempt_id: expect.stringMatching(/\S{8,}/),
      dispatched_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(Z|\+00:00)$/),
    });
    expect(message).not.toHaveProperty('shard_index');
    expect(message.task).toMatchObject({ apiVersion: 'v1', kind: 'Task', metadata: { name: 'whole' } });
    expect(message.task.spec).toMatchObject({
      taskType: 'echo',
      generation: { nested: [1, { deep: true }] },
      enforce_cpu: true,
      configName: null,
    });
    const { headers } = (message.task.spec.output as { destination: { headers: object } }).destination;
    expect(headers).toEqual({
      Authorization: 'Bearer a-token',
      'X-Orchestrator-Attempt': message.attempt_id,
    });
  });

  test.each(VARIETIES)('is done when an %s worker says so, though nothing is posted', async (variety) => {
    await flow.workers([{ id: 'w', variety }]);
    const id = await flow.api.submitOne(aTask().keepAt('somewhere'));
    await flow.api.until(id, 'DONE');
    expect((await flow.api.request(`/api/v1/results/${id}`)).status).toBe(404);
  });

  test.each(VARIETIES)(
    'is done by its result when the last event of an %s worker is lost',
    async (variety) => {
      await flow.workers([{ id: 'w', variety }]);
      const id = await flow.api.submitOne(
        aTask().simulate({ loseEvent: true, echo: 7 }).deliverTo(flow.api.resultsUrl),
      );
      await flow.api.until(id, 'DONE');
      expect((await flow.api.result(id)).result).toMatchObject({ echo: 7 });
    },
  );

  test.each(VARIETIES)('shows as running on an %s worker, which then stays busy with it', async (variety) => {
    const fleet = await flow.workers([{ id: 'w', variety }]);
    const first = await flow.api.submitOne(aTask('first').simulate({ gate: 'go' }));
    const running = await flow.api.until(first, 'RUNNING');
    expect(running).toMatchObject({ assigned_worker: 'w', finished_at: null });
    expect(running.started_at).not.toBeNull();

    const second = await flow.api.submitOne(aTask('second'));
    expect(await flow.api.task(second)).toMatchObject({ status: 'PENDING', attempt: 0 });
    fleet.open('go');
    await flow.api.untilAll([first, second], 'DONE');
    expect(fleet.received().map((received) => [received.task_id, received.busy])).toEqual([
      [first, false],
      [second, false],
    ]);
  });

  test('takes the result that a TASK_SUCCEEDED carries, when there is none', async () => {
    await flow.workers([{ id: 'w', variety: 'older' }]);
    const id = await flow.api.submitOne(aTask().simulate({ gate: 'never' }));
    await flow.api.until(id, 'RUNNING');
    const ts = new Date().toISOString();
    const event = { type: 'TASK_SUCCEEDED', worker_id: 'w', task_id: id, ts, result: { answer: 42 } };
    await flow.redis.client.publish('tasks.events', JSON.stringify(event));
    await flow.api.until(id, 'DONE');
    expect(await flow.api.result(id)).toMatchObject({ worker_id: 'w', result: { answer: 42 } });
  });

  test('is completed by a posted result without worker and attempt, also before any worker had it', async () => {
    const id = await flow.api.submitOne(aTask('by-hand').cpu(512));
    const body = { task_id: id, result: { by: 'hand' }, metadata: { note: 'x' } };
    expect((await flow.api.post('/api/v1/results', body)).status).toBe(201);
    await flow.api.until(id, 'DONE');
    expect(await flow.api.result(id)).toMatchObject({ metadata: { note: 'x' }, result: { by: 'hand' } });

    expect((await flow.api.post('/api/v1/results', body)).status).toBe(200);
    const other = await flow.api.post('/api/v1/results', { ...body, result: { by: 'someone else' } });
    expect(other.status).toBe(409);
    expect(other.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect((await flow.api.result(id)).result).toEqual({ by: 'hand' });
  });

  test.each([
    ['of an unknown task', 'no-such-task', 404],
    ['under an id that is none', '../../etc/passwd', 400],
  ])('has no result %s', async (_what, taskId, status) => {
    expect((await flow.api.post('/api/v1/results', { task_id: taskId, result: {} })).status).toBe(status);
  });
});
