/** The TypeScript client as a program uses it, against a real service with simulated workers. */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { join, resolve } from 'node:path';
import {
  type ListOptions,
  Orchestrator,
  ProblemError,
  type TaskRecord,
  UnreachableError,
  WaitTimeoutError,
} from '../../clients/typescript/src';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { freePort } from '../helpers/processes';

const TOKEN = 'a-token-of-sixteen-characters';
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function bytesOf(body: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(body).arrayBuffer());
}

/** Two stages: one trains and uploads its model, the other loads that. */
const pipelineTo = (url: string): string =>
  aTask('digits')
    .deliverTo(url, TOKEN)
    .stages(
      { name: 'train', spec: { simulate: { upload: { name: 'final_model.zip', sizeBytes: 100_000 } } } },
      {
        name: 'evaluate',
        spec: {
          simulate: { gate: 'evaluate', echo: 'evaluated' },
          checkpoint: { load: { url: '${train.result.final_model_archive_url}' } },
        },
      },
    )
    .toYaml();

describe('the TypeScript client', () => {
  const flow = useFlow({ token: TOKEN });
  const client = (): Orchestrator => new Orchestrator({ url: flow.service.url, token: TOKEN });

  test('runs a pipeline of two stages, and moves files in both directions', async () => {
    const fleet = await flow.workers([{ id: 'w', variety: 'newer' }]);
    const orchestrator = client();
    const submission = await orchestrator.submit(pipelineTo(flow.api.resultsUrl));
    const [train = '', evaluate = ''] = submission.tasks.map((task) => task.task_id);

    const notes = new TextEncoder().encode('notes '.repeat(50_000));
    await fleet.seen('started', { task_id: evaluate });
    const kept = await orchestrator.upload(evaluate, 'notes.txt', new Blob([notes]).stream(), {
      sha256: sha256(notes),
    });
    expect(kept).toMatchObject({ filename: 'notes.txt', size: notes.length, sha256: sha256(notes) });
    fleet.open('evaluate');

    const seen: TaskRecord[] = [];
    const tasks = await orchestrator.waitFor([train, evaluate], {
      timeoutMs: 20_000,
      onChange: (task) => seen.push(task),
    });
    expect(tasks.map(({ name, status }) => [name, status])).toEqual([
      ['digits:train', 'DONE'],
      ['digits:evaluate', 'DONE'],
    ]);
    expect(seen.map(({ task_id }) => task_id)).toEqual(expect.arrayContaining([train, evaluate]));

    const trained = await orchestrator.result<{ saved_sha256: string }>(train);
    const evaluated = await orchestrator.result(evaluate);
    expect(evaluated.result).toMatchObject({
      echo: 'evaluated',
      loaded_sha256: trained.result.saved_sha256,
    });
    expect(JSON.parse(await new Response(await orchestrator.resultStream(evaluate)).text())).toEqual(
      evaluated,
    );

    const model = await orchestrator.download(train, 'final_model.zip');
    expect(model).toMatchObject({ sizeBytes: 100_000, sha256: trained.result.saved_sha256 });
    expect(sha256(await bytesOf(model.body))).toBe(trained.result.saved_sha256);
    expect((await orchestrator.files(evaluate)).map(({ name }) => name)).toEqual(['notes.txt']);
    const back = await orchestrator.download(evaluate, 'notes.txt');
    expect(sha256(await bytesOf(back.body))).toBe(sha256(notes));
  });

  test('lists tasks page by page, each once, and asks for no more than are wanted', async () => {
    const asked: string[] = [];
    const orchestrator = new Orchestrator({
      url: flow.service.url,
      token: TOKEN,
      fetch: (request) => {
        asked.push(new URL(request.url).search);
        return fetch(request);
      },
    });
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      ids.unshift((await orchestrator.submit(aTask('leaf').cpu(512).toYaml())).tasks[0]!.task_id);
    }
    const listed = async (options: ListOptions): Promise<string[]> => {
      asked.length = 0;
      const found: string[] = [];
      for await (const task of orchestrator.tasks({ name: 'leaf', ...options })) found.push(task.task_id);
      return found;
    };
    expect(await listed({ pageSize: 2 })).toEqual(ids);
    expect(asked.length).toBeGreaterThanOrEqual(3);
    expect(new Set(asked).size).toBe(asked.length);
    expect(await listed({ pageSize: 2, limit: 3 })).toEqual(ids.slice(0, 3));
    expect(asked.map((query) => new URLSearchParams(query).get('limit'))).toEqual(['2', '1']);
    expect(await listed({ limit: 4 })).toEqual(ids.slice(0, 4));
    expect(asked).toEqual(['?name=leaf&limit=4']);
    expect(await listed({})).toEqual(ids);
    for (const id of ids) await orchestrator.cancel(id);
  });

  test('lists tasks, cancels them, and shows workers', async () => {
    await flow.workers([{ id: 'w' }]);
    const orchestrator = client();
    const huge = aTask('paged').cpu(512).toYaml();
    for (let i = 0; i < 3; i += 1) await orchestrator.submit(huge);
    const listed: string[] = [];
    for await (const task of orchestrator.tasks({ name: 'paged', status: 'PENDING' }))
      listed.push(task.task_id);
    expect(listed).toHaveLength(3);
    for (const id of listed) expect(await orchestrator.cancel(id)).toMatchObject({ status: 'CANCELLED' });
    const [ended] = await orchestrator.waitFor(listed.slice(0, 1));
    expect(ended).toMatchObject({ status: 'CANCELLED' });
    expect(await orchestrator.workers()).toEqual([expect.objectContaining({ worker_id: 'w' })]);
    expect(await orchestrator.worker('w')).toMatchObject({ worker_id: 'w', stale: false });
  });

  test('registers a document once under one key', async () => {
    const orchestrator = client();
    const document = aTask('once').cpu(512).toYaml();
    const first = await orchestrator.submit(document, { idempotencyKey: 'nightly-1' });
    const again = await orchestrator.submit(document, { idempotencyKey: 'nightly-1' });
    expect(again.tasks).toEqual(first.tasks);
    await orchestrator.cancel(first.tasks[0]!.task_id);
  });

  test('says what the service says: every mistake with its place, an unknown task, a wrong token', async () => {
    const refusal = await client()
      .submit('kind: Task\nspec: {}\n')
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(ProblemError);
    const { status, type, issues, requestId } = refusal as ProblemError;
    expect({ status, type }).toEqual({ status: 422, type: 'urn:orchestrator:invalid-document' });
    expect(issues.length).toBeGreaterThan(2);
    expect(issues).toContainEqual(
      expect.objectContaining({ path: 'spec.taskType', code: 'missing', line: expect.any(Number) }),
    );
    expect(requestId).toMatch(/\S/);
    await expect(client().task('no-such-task')).rejects.toMatchObject({ status: 404 });
    const stranger = new Orchestrator({ url: flow.service.url, token: 'wrong' });
    await expect(stranger.task('any')).rejects.toMatchObject({ status: 401, isTemporary: false });
    await expect(stranger.upload('any', 'f', 'x')).rejects.toMatchObject({ status: 401 });
  });

  test('gives up when time is up, when it is told to, and when there is nobody', async () => {
    const orchestrator = client();
    const { tasks } = await orchestrator.submit(aTask('never').cpu(512).toYaml());
    const [id = ''] = tasks.map((task) => task.task_id);
    await expect(orchestrator.waitFor([id], { timeoutMs: 50 })).rejects.toThrow(WaitTimeoutError);
    const stop = new AbortController();
    const waiting = orchestrator.waitFor([id], { signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const nobody = new Orchestrator({ url: `http://127.0.0.1:${String(await freePort())}`, retries: 0 });
    await expect(nobody.task(id)).rejects.toThrow(UnreachableError);
    await orchestrator.cancel(id);
  });
});

test('the TypeScript client can be bundled for browsers', async () => {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(resolve(__dirname, '../../clients/typescript'), 'dist/index.js')],
    platform: 'browser',
    format: 'esm',
    bundle: true,
    write: false,
  });
  expect(warnings).toEqual([]);
  expect(outputFiles[0]!.text).toContain('exports.Orchestrator = Orchestrator');
  expect(outputFiles[0]!.text).not.toMatch(/require\("node:/);
});
