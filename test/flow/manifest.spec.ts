/** The manifest of a task: what it made, what was declared, and what it was made from, as long as anybody asks. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestText } from '../../src/manifests/manifest.dto';
import { sha256 } from '../helpers/client';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { waitFor } from '../helpers/wait';

const ARCHIVE = { name: 'final_lora.zip', sizeBytes: 300_000 };

describe('a manifest', () => {
  const flow = useFlow();

  const manifestOf = async (id: string): Promise<ManifestText> => {
    const answer = await flow.api.request(`/api/v1/results/${id}/manifest`);
    expect(answer.status).toBe(200);
    return (await answer.json()) as ManifestText;
  };
  const onDisk = (id: string): string => join(flow.resultsDir, id, '.orchestrator/manifest.json');
  const keptOf = (id: string): Promise<ManifestText> =>
    waitFor('the manifest on disk', () =>
      readFile(onDisk(id), 'utf8').then(
        (text) => JSON.parse(text) as ManifestText,
        () => false,
      ),
    );
  const bytesOf = async (path: string): Promise<string> =>
    (await flow.api.request(`/api/v1/results/${path}`)).text();
  const digestOfResult = (envelope: string): string =>
    sha256(/"result":(.*?)(?:,"(?:task_id|worker_id|metadata|received_at)":|}$)/s.exec(envelope)?.[1] ?? '');

  const fineTune = (url = '${train.artifacts["final_lora.zip"].url}') =>
    aTask('tune')
      .deliverTo(flow.api.resultsUrl)
      .stages(
        { name: 'train', spec: { simulate: { upload: ARCHIVE } } },
        { name: 'other', dependsOn: [], spec: { simulate: { result: { n: 1 } } } },
        {
          name: 'infer',
          dependsOn: ['other'],
          spec: { checkpoint: { load: { url } } },
        },
      );

  test('has every file with its digest, and where the task has its own from', async () => {
    await flow.workers([{ id: 'w' }]);
    const [train, other, infer] = await flow.api.submitIds(fineTune());
    await flow.api.untilAll([train!, other!, infer!], 'DONE');

    const trained = await manifestOf(train!);
    const envelope = await bytesOf(train!);
    const archive = (await flow.api.files(train!))[0]!;
    const attempt = trained.attempt_id;
    expect(attempt).toMatch(/^[\w-]{36}$/);
    expect(trained).toMatchObject({
      task_id: train,
      name: 'tune:train',
      status: 'DONE',
      worker_id: 'w',
      attempt: 1,
      result_sha256: digestOfResult(envelope),
      files: [
        {
          name: 'responses.json',
          kind: 'result',
          size: envelope.length,
          sha256: sha256(envelope),
          attempt_id: attempt,
        },
        {
          name: 'final_lora.zip',
          kind: 'artifact',
          size: 300_000,
          sha256: archive.sha256,
          attempt_id: attempt,
        },
      ],
      left_out: [],
      declared: [],
      inputs: [],
      shards: [],
    });
    expect((await manifestOf(infer!)).inputs).toEqual([
      { name: 'other', task_id: other, result_sha256: digestOfResult(await bytesOf(other!)), files: [] },
      {
        name: 'train',
        task_id: train,
        result_sha256: trained.result_sha256,
        files: [{ name: 'final_lora.zip', size: 300_000, sha256: archive.sha256 }],
      },
    ]);
  });

  test('has files of which only the result upstream gave the URL', async () => {
    await flow.workers([{ id: 'w' }]);
    const ids = await flow.api.submitIds(fineTune('${train.result.final_lora_archive_url}'));
    const [train, , infer] = ids;
    await flow.api.untilAll(ids, 'DONE');
    const { sha256: digest } = (await flow.api.files(train!))[0]!;
    const { inputs } = await manifestOf(infer!);
    expect(inputs.find(({ task_id: id }) => id === train)?.files).toEqual([
      { name: 'final_lora.zip', size: 300_000, sha256: digest },
    ]);
  });

  test('is given to whoever asks where it cannot be kept', async () => {
    await flow.workers([{ id: 'w' }]);
    const [train, other, infer] = await flow.api.submitIds(fineTune());
    await flow.api.untilAll([train!, other!, infer!], 'DONE');
    await keptOf(infer!);
    const own = join(flow.resultsDir, infer!, '.orchestrator');
    await rm(own, { recursive: true });
    await writeFile(own, 'in the way');
    expect((await manifestOf(infer!)).inputs).toHaveLength(2);
    expect((await flow.api.request(`/api/v1/results/${infer!}/bundle`)).status).toBe(200);
  });

  test('comes to disk by itself, and stays true when what it tells of is gone', async () => {
    await flow.workers([{ id: 'w' }]);
    const ids = await flow.api.submitIds(fineTune());
    const [train, , infer] = ids;
    await flow.api.untilAll(ids, 'DONE');
    const [kept, asked] = [await keptOf(infer!), await manifestOf(infer!)];
    expect({ ...kept, made_at: '' }).toEqual({ ...asked, made_at: '' });
    await rm(join(flow.resultsDir, train!), { recursive: true });
    await flow.redis.client.del(`orch:task:${train!}`);
    expect((await manifestOf(infer!)).inputs).toEqual(asked.inputs);
    await flow.redis.client.del(`orch:task:${infer!}`, `orch:document:${infer!}`);
    expect((await manifestOf(infer!)).inputs).toEqual(asked.inputs);
  });

  test('of a task whose result was deleted tells still what that was made from', async () => {
    await flow.workers([{ id: 'w' }]);
    const ids = await flow.api.submitIds(fineTune());
    const [, , infer] = ids;
    await flow.api.untilAll(ids, 'DONE');
    await keptOf(infer!);
    const before = await manifestOf(infer!);
    expect((await flow.api.request(`/api/v1/results/${infer!}`, { method: 'DELETE' })).status).toBe(204);
    const after = await manifestOf(infer!);
    expect(after).toMatchObject({ files: [], left_out: [], missing: [], result_sha256: null });
    expect(after.result_deleted_at).toMatch(/^\d{4}-.*Z$/);
    expect(after.inputs).toEqual(before.inputs);
    await expect(readFile(onDisk(infer!))).rejects.toThrow('ENOENT');
    expect((await flow.api.request(`/api/v1/results/${infer!}/bundle`)).status).toBe(410);
  });

  test('of a result alone is not written before it is asked for', async () => {
    await flow.workers([{ id: 'w' }]);
    const plain = await flow.api.submitOne(aTask('plain').deliverTo(flow.api.resultsUrl));
    await flow.api.until(plain, 'DONE');
    const told = await flow.api.submitIds(fineTune());
    await flow.api.untilAll(told, 'DONE');
    // The one that ended later is written, so that the plain one had its turn.
    await keptOf(told[2]!);
    await expect(readFile(onDisk(plain))).rejects.toThrow('ENOENT');
    expect((await manifestOf(plain)).files.map(({ name }) => name)).toEqual(['responses.json']);
    expect((await keptOf(plain)).task_id).toBe(plain);
  });

  test('says of what was declared whether it is there, by name and by pattern, on shared storage too', async () => {
    const fleet = await flow.workers([{ id: 'w', variety: 'newer' }], { resultsDir: flow.resultsDir });
    const id = await flow.api.submitOne(
      aTask('declares')
        .simulate({ gate: 'go' })
        .with({
          output: {
            destination: { type: 'local', path: 'runs' },
            artifacts: [
              'responses.json',
              './*.zip',
              { name: 'eval.json' },
              { path: 'log.txt', required: false },
              'checkpoint-*/**',
              'checkpoint-500',
              '*.safetensors',
            ],
          },
        }),
    );
    await fleet.seen('started', { task_id: id });
    const directory = join(flow.resultsDir, 'runs', id);
    await mkdir(join(directory, 'checkpoint-500'), { recursive: true });
    await mkdir(join(directory, 'checkpoint-600.tmp'));
    await writeFile(join(directory, 'checkpoint-500/model.safetensors'), 'weights');
    await writeFile(join(directory, 'model.zip'), 'weights');
    await writeFile(join(directory, 'half.zip.tmp'), 'wei');
    fleet.open('go');
    await flow.api.until(id, 'DONE');
    const kept = await keptOf(id);
    const manifest = await manifestOf(id);
    expect(manifest.declared).toEqual([
      { name: 'responses.json', required: true, present: true, files: ['responses.json'] },
      { name: '*.zip', required: true, present: true, files: ['model.zip'] },
      { name: 'eval.json', required: true, present: false, files: [] },
      { name: 'log.txt', required: false, present: false, files: [] },
      ...['checkpoint-*/**', 'checkpoint-500'].map((name) => ({
        name,
        required: true,
        present: true,
        files: ['checkpoint-500/model.safetensors'],
      })),
      { name: '*.safetensors', required: true, present: false, files: [] },
    ]);
    expect(manifest.missing).toEqual(['eval.json', '*.safetensors']);
    expect(manifest.left_out).toEqual([
      { name: 'checkpoint-600.tmp', why: 'unfinished' },
      { name: 'half.zip.tmp', why: 'unfinished' },
    ]);
    expect(kept.files).toEqual(manifest.files);
    // The worker has written one of its own beside its result, which is left alone.
    const theirs = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8')) as object;
    expect(theirs).not.toHaveProperty('inputs');
    // A result on shared storage has the digest that those are told who are given it.
    const next = await flow.api.submitOne(aTask('next').after(id).with({ echo: '${declares.result.ok}' }));
    await flow.api.until(next, 'DONE');
    expect((await manifestOf(next)).inputs).toMatchObject([
      { task_id: id, result_sha256: manifest.result_sha256 },
    ]);
  });

  test('of a task that was spread over workers has its shards, and what they were given', async () => {
    await flow.settledWorkers([{ id: 'a' }, { id: 'b' }]);
    const [source, spread] = await flow.api.submitIds(
      aTask('spread')
        .deliverTo(flow.api.resultsUrl)
        .stages(
          { name: 'source', spec: { simulate: { result: { items: ['x', 'y', 'z'] } } } },
          {
            name: 'infer',
            spec: {
              taskType: 'inference',
              data: { type: 'list', items: '${source.result.items}' },
              parallel: { enabled: true },
            },
          },
        ),
    );
    await flow.api.untilAll([source!, spread!], 'DONE');
    const manifest = await manifestOf(spread!);
    expect(manifest.worker_id).toBe('MULTI');
    expect(manifest.shards.map(({ index }) => index)).toEqual([0, 1]);
    expect(manifest.inputs).toEqual([
      {
        name: 'source',
        task_id: source,
        result_sha256: (await manifestOf(source!)).result_sha256,
        files: [],
      },
    ]);
    const [shard] = manifest.shards;
    expect((await manifestOf(shard!.task_id)).result_sha256).toBe(shard!.result_sha256);
  });

  test('is 404 for no task, and 400 for no id', async () => {
    expect((await flow.api.request('/api/v1/results/unknown/manifest')).status).toBe(404);
    expect((await flow.api.request('/api/v1/results/a%20b/manifest')).status).toBe(400);
  });
});
