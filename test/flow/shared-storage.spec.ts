/** An orchestrator and its workers on one directory: results and archives go without HTTP. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const ARCHIVE = { name: 'final_lora.zip', sizeBytes: 300_000 };

describe('shared storage', () => {
  const flow = useFlow();

  test.each(['older', 'newer'] as const)(
    'carries a fine-tune from an %s worker to the next without HTTP',
    async (variety) => {
      const fleet = await flow.workers([{ id: 'w', variety }], { resultsDir: flow.resultsDir });
      const [train, infer] = await flow.api.submitIds(
        aTask('shared')
          .keepAt('runs/7')
          .stages(
            { name: 'train', spec: { taskType: 'sft', simulate: { upload: ARCHIVE } } },
            { name: 'infer', spec: { checkpoint: { load: { path: '${train.result.final_lora_path}' } } } },
          ),
      );
      await flow.api.untilAll([train!, infer!], 'DONE');
      expect(fleet.all('posted')).toEqual([]);
      const trained = await flow.api.result(train!);
      expect(trained).toMatchObject({
        task_id: train,
        result: { final_lora_path: join(flow.resultsDir, 'runs/7', train!, 'final_lora.zip') },
      });
      expect((await flow.api.result(infer!)).result.loaded_sha256).toBe(trained.result.saved_sha256);
    },
  );

  test('reads a result from its plain place too, and from an absolute one only below the mount', async () => {
    await flow.workers([{ id: 'w' }], { resultsDir: flow.resultsDir });
    const outside = await mkdtemp(join(tmpdir(), 'orchestrator-outside-'));
    const echo = (name: string) => aTask(name).simulate({ echo: name });
    const plain = await flow.api.submitOne(echo('plain'));
    const below = await flow.api.submitOne(echo('below').keepAt(join(flow.resultsDir, 'deep')));
    const beyond = await flow.api.submitOne(echo('beyond').keepAt(outside));
    const escaping = await flow.api.submitOne(echo('escaping').keepAt('../outside'));
    await flow.api.untilAll([plain, below, beyond, escaping], 'DONE');
    expect((await flow.api.result(plain)).result).toMatchObject({ echo: 'plain' });
    expect((await flow.api.result(below)).result).toMatchObject({ echo: 'below' });
    for (const id of [beyond, escaping]) {
      expect((await flow.api.request(`/api/v1/results/${id}`)).status).toBe(404);
    }
    await rm(outside, { recursive: true });
    await rm(join(flow.resultsDir, '../outside'), { recursive: true });
  });

  test('does not take what an earlier attempt left there for the result of this one', async () => {
    const fleet = await flow.workers([
      { id: 'first', cores: 2, variety: 'older' },
      { id: 'second', cores: 4, variety: 'older' },
    ]);
    const id = await flow.api.submitOne(aTask('left-over').simulate({ gate: 'go' }));
    await fleet.seen('started', { task_id: id, worker: 'first' });
    await mkdir(join(flow.resultsDir, id), { recursive: true });
    await writeFile(join(flow.resultsDir, id, 'responses.json'), '{"of":"the first attempt"}');
    const failed = { type: 'TASK_FAILED', worker_id: 'first', task_id: id, ts: 'x', error: 'after writing' };
    await flow.redis.client.publish('tasks.events', JSON.stringify(failed));
    await fleet.seen('started', { task_id: id, worker: 'second' });
    fleet.open('go');
    expect(await flow.api.until(id, 'DONE')).toMatchObject({ assigned_worker: 'second', retries: 1 });
    expect((await flow.api.request(`/api/v1/results/${id}`)).status).toBe(404);
  });

  test('never shows a file that is not whole', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const id = await flow.api.submitOne(aTask('half').simulate({ gate: 'go' }));
    await fleet.seen('started', { task_id: id });
    const file = join(flow.resultsDir, id, 'responses.json');
    await mkdir(join(flow.resultsDir, id), { recursive: true });
    await writeFile(file, '{"answer":4');
    fleet.open('go');
    await flow.api.until(id, 'DONE');
    expect((await flow.api.request(`/api/v1/results/${id}`)).status).toBe(404);
    await writeFile(file, '{"answer":42}');
    expect(await flow.api.result(id)).toMatchObject({ task_id: id, result: { answer: 42 } });
  });
});
