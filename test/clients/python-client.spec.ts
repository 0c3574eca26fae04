/** A Python client, generated from docs/openapi.json, runs a pipeline on a real service with simulated workers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, runCommand } from '../helpers/command';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { describeWithPython, pythonTool, ROOT } from '../helpers/programs';

const TOKEN = 'a-token-of-sixteen-characters';

describeWithPython('the generated Python client', () => {
  const flow = useFlow({ token: TOKEN });
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-python-'));
    const generated = await runCommand(pythonTool('openapi-python-client'), [
      'generate',
      '--meta=none',
      `--config=${join(ROOT, 'clients/python/openapi-python-client.yaml')}`,
      `--path=${join(ROOT, 'docs/openapi.json')}`,
      `--output-path=${join(folder, 'orchestrator_client')}`,
    ]);
    expect(generated).toMatchObject({ code: 0 });
  }, 40_000);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function runExample(document: string): Promise<Ran> {
    await writeFile(join(folder, 'document.yaml'), document);
    return runCommand(
      pythonTool('python'),
      [join(ROOT, 'clients/python/examples/pipeline.py'), join(folder, 'document.yaml')],
      { env: { PYTHONPATH: folder, ORCHESTRATOR_URL: flow.service.url, ORCHESTRATOR_TOKEN: TOKEN } },
    );
  }

  test('submits a pipeline, waits for it and reads its results', async () => {
    await flow.workers([
      { id: 'w-1', variety: 'older' },
      { id: 'w-2', variety: 'newer' },
    ]);
    const document = aTask('greet')
      .deliverTo(flow.api.resultsUrl, TOKEN)
      .stages(
        { name: 'first', spec: { simulate: { echo: 'hello' } } },
        { name: 'second', spec: { simulate: { echo: '${first.result.echo}, world' } } },
      );
    const { code, stdout, stderr } = await runExample(document.toYaml());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      'greet:first': { echo: 'hello' },
      'greet:second': { echo: 'hello, world' },
    });
  });

  test('says why a task failed, and which mistakes a document has', async () => {
    await flow.workers([{ id: 'w' }]);
    const failing = aTask('broken').simulate({ fail: 'always' }).retry({ maxRetries: 0 });
    expect(await runExample(failing.toYaml())).toMatchObject({
      code: 1,
      stderr: 'broken: FAILED: simulated failure on w\n',
    });
    const { code, stderr } = await runExample('kind: Task\n');
    expect(code).toBe(4);
    expect(JSON.parse(stderr)).toMatchObject({
      type: 'urn:orchestrator:invalid-document',
      errors: expect.arrayContaining([expect.objectContaining({ path: 'metadata.name', code: 'missing' })]),
    });
  });
});
