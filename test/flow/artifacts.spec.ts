/** Files of one stage in the templates of the next: addresses without a token, digests, and what is said when one is missing. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, sha256 } from '../helpers/client';
import { aTask, type TaskBuilder } from '../helpers/documents';
import { useFlow } from '../helpers/flow';

const TOKEN = 's3cret-token-of-the-suite';
const ARCHIVE = { name: 'final_lora.zip', sizeBytes: 300_000 };

interface UsingSpec {
  about: unknown;
  echo: unknown;
  checkpoint: { load: { url: string } };
}

describe('files of an upstream task in templates', () => {
  const flow = useFlow({ token: TOKEN, env: { RESULT_WAIT_SEC: '3' } });

  const train = { name: 'train', spec: { taskType: 'sft', simulate: { upload: ARCHIVE } } };
  const twoStages = (spec: Record<string, unknown>): TaskBuilder =>
    aTask('tune').deliverTo(flow.api.resultsUrl, TOKEN).stages(train, { name: 'use', spec });

  test('stand for its address, which opens without a token, its digest, size and name', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const file = '${train.artifacts["final_lora.zip"]';
    const [trained, used] = await flow.api.submitIds(
      twoStages({
        checkpoint: { load: { url: `${file}.url}` } },
        about: {
          sha256: `${file}.sha256}`,
          size: `${file}.size_bytes}`,
          text: `${file}.name} of ${file}.size}`,
        },
      }),
    );
    await flow.api.untilAll([trained!, used!], 'DONE');
    const spec = fleet.message(used!).task.spec as unknown as UsingSpec;
    const { saved_sha256: digest } = (await flow.api.result(trained!)).result;
    expect(spec.about).toEqual({ sha256: digest, size: ARCHIVE.sizeBytes, text: 'final_lora.zip of 300000' });
    expect((await flow.api.result(used!)).result.loaded_sha256).toBe(digest);
    const url = new URL(spec.checkpoint.load.url);
    expect(url.pathname).toBe(`/api/v1/results/${trained!}/files/final_lora.zip`);
    const anyone = new Client(flow.service.url);
    expect((await anyone.request(url.href)).status).toBe(200);
    expect((await anyone.request(url.pathname)).status).toBe(401);
  });

  test('do not need the result of that task', async () => {
    const fleet = await flow.workers([{ id: 'w', variety: 'older' }], { resultsDir: flow.resultsDir });
    const [first, second] = await flow.api.submitIds(
      aTask('bare')
        .keepAt('elsewhere')
        .stages(
          { name: 'first', spec: { simulate: { gate: 'go' } } },
          { name: 'second', spec: { echo: '${first.artifacts["notes.txt"].sha256}' } },
        ),
    );
    await fleet.seen('started', { task_id: first! });
    await mkdir(join(flow.resultsDir, 'elsewhere', first!), { recursive: true });
    await writeFile(join(flow.resultsDir, 'elsewhere', first!, 'notes.txt'), 'by hand');
    fleet.open('go');
    await flow.api.untilAll([first!, second!], 'DONE');
    const spec = fleet.message(second!).task.spec as unknown as UsingSpec;
    expect(spec.echo).toBe(sha256('by hand'));
  });

  test('may lie in directories on shared storage', async () => {
    const fleet = await flow.workers([{ id: 'w', variety: 'older' }], { resultsDir: flow.resultsDir });
    const file = '${first.artifacts["checkpoint-500/model.safetensors"]';
    const [first, second] = await flow.api.submitIds(
      aTask('tree')
        .keepAt('elsewhere')
        .stages(
          { name: 'first', spec: { simulate: { gate: 'go' } } },
          { name: 'second', spec: { about: { url: `${file}.url}`, sha256: `${file}.sha256}` } } },
        ),
    );
    await fleet.seen('started', { task_id: first! });
    const directory = join(flow.resultsDir, 'elsewhere', first!, 'checkpoint-500');
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, 'model.safetensors'), 'weights');
    fleet.open('go');
    await flow.api.untilAll([first!, second!], 'DONE');
    const { about } = fleet.message(second!).task.spec as unknown as { about: Record<string, string> };
    expect(about.sha256).toBe(sha256('weights'));
    expect(new URL(about.url!).pathname).toBe(
      `/api/v1/results/${first!}/files/checkpoint-500%2Fmodel.safetensors`,
    );
    const anyone = new Client(flow.service.url);
    expect(await (await anyone.request(about.url!)).text()).toBe('weights');
    expect((await anyone.request(new URL(about.url!).pathname)).status).toBe(401);
  });

  test('fail the task when they do not come, with the stage, the file and what there is', async () => {
    await flow.workers([{ id: 'w' }]);
    const [trained, used] = await flow.api.submitIds(
      twoStages({ checkpoint: { load: { url: '${train.artifacts["final_lora.tar"].url}' } } }),
    );
    const record = await flow.api.until(used!, 'FAILED');
    expect(record).toMatchObject({ reason: 'artifact_missing' });
    expect(record.error).toBe(
      `artifact_missing: no file final_lora.tar of "train" (${trained!}) came within 3 s (RESULT_WAIT_SEC) after it was done; did you mean final_lora.zip? There is final_lora.zip`,
    );
  });

  test('are refused in a form that can name none', async () => {
    const problem = await flow.api.refused(
      twoStages({
        a: '${train.artifacts.final_lora.zip.url}',
        b: '${train.artifacts}',
        c: '${trian.artifacts.x.url}',
      }),
    );
    expect(problem.errors?.map(({ path, code }) => `${path} ${code}`)).toEqual([
      'spec.stages[1].spec.a bad_artifact',
      'spec.stages[1].spec.b bad_artifact',
      'spec.stages[1].spec.c unknown_name',
    ]);
  });
});
