/** What happened and nobody was told, or could not be: the next look finds it. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { type Fleet, workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';
import { startService } from '../helpers/service';
import { waitFor } from '../helpers/wait';

describe('what a replica did not live to do', () => {
  const flow = useFlow({ env: { SWEEP_INTERVAL_SEC: '1' } });

  test('the task of a worker that started again goes out again, though another replica was told of it', async () => {
    const fleet = await flow.workers([{ id: 'again' }]);
    const id = await flow.api.submitOne(aTask('orphan').simulate({ gate: 'never' }));
    const { attempt_id: attempt } = (await fleet.seen('received', { task_id: id })).message!;
    await flow.api.until(id, 'RUNNING');
    // Its new process has said IDLE; who heard of its registration died before it acted on it.
    await flow.redis.client.hset('worker:again', { status: 'IDLE', extra_task_id: '', extra_last_task: '' });
    await flow.redis.client.hset('orch:lease:again', 'orphaned', attempt);
    await flow.api.until(id, (task) => task.attempt === 2);
    await fetch(`${flow.service.url}/api/v1/tasks/${id}/cancel`, { method: 'POST' });
  });

  test('a replica takes over although the result of a task cannot be put in its place', async () => {
    const fleet = await flow.workers(workersNamed('w', 2));
    const id = await flow.api.submitOne(aTask('unreadable').simulate({ gate: 'go' }));
    await flow.api.until(id, 'RUNNING');
    const { attempt_id: attempt } = (await fleet.seen('received', { task_id: id })).message!;
    const staged = join(flow.resultsDir, '.spool', 'staged');
    await mkdir(staged, { recursive: true });
    const sha256 = createHash('sha256').update('1').digest('hex');
    const name = `${id}~${randomUUID()}~${sha256}~1~${attempt}.json`;
    await writeFile(join(staged, name), '{"result":1}');
    await mkdir(join(flow.resultsDir, id, 'responses.json', 'in the way'), { recursive: true });
    const other = await startService({ redisUrl: flow.redis.url, resultsDir: flow.resultsDir });
    const leads = async (): Promise<string> =>
      (await (await fetch(`${other.url}/readyz`)).text()).includes('leading') ? 'other' : 'first';
    try {
      flow.service.signal('SIGSTOP');
      await waitFor('the other one to schedule', async () => (await leads()) === 'other', {
        withinMs: 15_000,
      });
      const another = await new Client(other.url).submitOne(aTask('another'));
      await fleet.seen('finished', { task_id: another });
      expect(other.logs()).toContain('an attempt could not be looked at');
      expect(other.logs()).not.toContain('could not be rebuilt');
    } finally {
      flow.service.signal('SIGCONT');
      await other.stop();
    }
    fleet.open('go');
  });
});

describe('a result that came to a replica without Redis', () => {
  // No sweep comes in between.
  const flow = useFlow({ env: { SWEEP_INTERVAL_SEC: '30', RESULT_WAIT_SEC: '1' } });

  /** As that replica left it; resolves with the worker that made it. */
  async function kept(fleet: Fleet, taskId: string): Promise<string> {
    const { message, worker } = await fleet.seen('received', { task_id: taskId });
    const body = JSON.stringify({
      task_id: taskId,
      worker_id: worker,
      metadata: null,
      received_at: '2026-01-01T00:00:00.000000Z',
      result: { figure: 7 },
    });
    const resultId = randomUUID();
    const record = {
      kind: 'result',
      taskId,
      attemptId: message!.attempt_id,
      sha256: createHash('sha256').update(body).digest('hex'),
      sizeBytes: Buffer.byteLength(body),
      resultId,
      workerId: worker,
    };
    const inbox = join(flow.resultsDir, '.spool', 'inbox');
    await mkdir(inbox, { recursive: true });
    await writeFile(join(inbox, `result-${resultId}.data`), body);
    await writeFile(join(inbox, `result-${resultId}.json`), JSON.stringify(record));
    return worker!;
  }

  test('is looked for before a dependent fails for want of it', async () => {
    const fleet = await flow.workers(workersNamed('w', 2));
    const [first, second] = await flow.api.submitIds(
      aTask('chain').stages(
        { name: 'a', spec: { simulate: { gate: 'never' } } },
        { name: 'b', spec: { simulate: { echo: '${a.result.figure}' } } },
      ),
    );
    const worker = await kept(fleet, first!);
    const succeeded = { type: 'TASK_SUCCEEDED', worker_id: worker, task_id: first, ts: 'now', result: {} };
    await flow.redis.client.publish('tasks.events', JSON.stringify(succeeded));
    await fleet.seen('finished', { task_id: second! });
    await flow.api.until(second!, 'DONE');
  });

  test('is looked for before its attempt is out of time', async () => {
    const fleet = await flow.workers(workersNamed('w', 1));
    // Longer than a message that came before its worker listened takes to be sent again.
    const document = aTask('timed').simulate({ gate: 'never' }).with({ timeoutSec: 5 });
    const id = await flow.api.submitOne(document.retry({ maxRetries: 0 }));
    await kept(fleet, id);
    await flow.api.until(id, 'DONE');
    expect((await flow.api.result(id)).result).toEqual({ figure: 7 });
  });
});
