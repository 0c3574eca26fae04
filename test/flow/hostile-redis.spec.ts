/** What others write into Redis, malformed or malicious, and what goes on all the same. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { aTask } from '../helpers/documents';
import { workersNamed } from '../helpers/fleet';
import { useFlow } from '../helpers/flow';

describe('whatever is said on Redis', () => {
  const flow = useFlow();
  const redis = () => flow.redis.client;

  test.each(['null', '1', '{', '[]', '{"ready":[null]}', '{"type":"TASK_FAILED"}', 'x'.repeat(100_000)])(
    'malformed message number %# changes nothing on any channel',
    async (message) => {
      for (const channel of ['orch:doorbell', 'tasks.events', 'workers.events'])
        await redis().publish(channel, message);
      await flow.workers(workersNamed('w', 1));
      const id = await flow.api.submitOne(aTask('after').deliverTo(flow.api.resultsUrl));
      await flow.api.until(id, 'DONE');
    },
  );

  test('a worker whose keys are of another type is listed, and keeps neither the sweep nor cleanup from the others', async () => {
    await redis().sadd('workers:ids', 'bad');
    await redis().set('worker:bad', 'x');
    await redis().hset('worker:bad:hb', 'x', 'y');
    const fleet = await flow.workers([
      { id: 'one', heartbeatMs: 500 },
      { id: 'other', heartbeatMs: 500 },
    ]);
    const id = await flow.api.submitOne(aTask('held').cpu(1).simulate({ gate: 'never' }));
    const { assigned_worker: holder } = await flow.api.until(id, 'RUNNING');
    expect((await flow.api.workers()).map((worker) => worker.worker_id).sort()).toEqual([
      'bad',
      'one',
      'other',
    ]);
    await fleet.let(holder!, 'vanish');
    await redis().del(`worker:${holder!}:hb`);
    await flow.api.until(id, (task) => task.assigned_worker !== holder && task.attempt === 2);
    const cleanup = await fetch(`${flow.service.url}/admin/cleanup`, { method: 'POST' });
    expect(cleanup.status).toBe(200);
    await fetch(`${flow.service.url}/api/v1/tasks/${id}/cancel`, { method: 'POST' });
    await redis().del('worker:bad', 'worker:bad:hb');
    await redis().srem('workers:ids', 'bad');
  });

  test('a worker whose heartbeat is of another type holds up no task that fits it best', async () => {
    await flow.workers([
      { id: 'snug', cores: 2, heartbeatMs: 60_000 },
      { id: 'roomy', cores: 16 },
    ]);
    await redis().del('worker:snug:hb');
    await redis().hset('worker:snug:hb', 'x', 'y');
    const id = await flow.api.submitOne(aTask('fits both').cpu(1));
    await flow.api.until(id, 'DONE');
    await redis().del('worker:snug:hb');
  });

  test('a result that an event carries does not replace the one in shared storage', async () => {
    const fleet = await flow.workers(workersNamed('w', 1), { resultsDir: flow.resultsDir });
    const id = await flow.api.submitOne(aTask('shared').simulate({ gate: 'never' }));
    await flow.api.until(id, 'RUNNING');
    await mkdir(join(flow.resultsDir, id), { recursive: true });
    await writeFile(join(flow.resultsDir, id, 'responses.json'), '{"real":"result"}');
    const worker = fleet.received(id)[0]?.worker;
    const event = {
      type: 'TASK_SUCCEEDED',
      worker_id: worker,
      task_id: id,
      ts: 'now',
      result: { summary: true },
    };
    await redis().publish('tasks.events', JSON.stringify(event));
    await flow.api.until(id, 'DONE');
    expect((await flow.api.result(id)).result).toEqual({ real: 'result' });
  });
});
