/** A Python client, generated from docs/openapi.json, runs a pipeline on a real service with simulated workers. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../helpers/client';
import { type Ran, runCommand } from '../helpers/command';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { freePort } from '../helpers/processes';
import { describeWithPython, pythonTool, ROOT } from '../helpers/programs';
import { startService } from '../helpers/service';

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

  const example = (name: string, args: readonly string[], env: Record<string, string> = {}): Promise<Ran> =>
    runCommand(pythonTool('python'), [join(ROOT, 'clients/python/examples', name), ...args], {
      env: { PYTHONPATH: folder, ORCHESTRATOR_URL: flow.service.url, ORCHESTRATOR_TOKEN: TOKEN, ...env },
      cwd: folder,
    });
  async function runExample(
    document: string,
    args: readonly string[] = [],
    env: Record<string, string> = {},
  ): Promise<Ran> {
    await writeFile(join(folder, 'document.yaml'), document);
    return example('pipeline.py', ['document.yaml', ...args], env);
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

  test('needs no token where the service asks for none', async () => {
    const { redis, resultsDir } = flow;
    const open = await startService({ redisUrl: redis.url, resultsDir });
    const document = aTask('endless').cpu(512).toYaml();
    const env = { ORCHESTRATOR_TOKEN: '', ORCHESTRATOR_URL: open.url };
    const { code, stderr } = await runExample(document, ['--timeout', '0.5'], env);
    await open.stop();
    expect([code, stderr]).toEqual([5, 'time is up after 0.5 s: endless is PENDING\n']);
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

  test('moves files in both directions, and keeps what is whole', async () => {
    const id = await flow.api.submitOne(aTask('files').cpu(512));
    const bytes = randomBytes(300_000);
    await writeFile(join(folder, 'model.bin'), bytes);
    expect(await example('files.py', ['upload', id, 'model.bin'])).toMatchObject({
      code: 0,
      stdout: `${sha256(bytes)}\n`,
    });
    await rm(join(folder, 'model.bin'));
    expect(await example('files.py', ['download', id, 'model.bin'])).toMatchObject({
      code: 0,
      stdout: 'model.bin\n',
    });
    expect(sha256(await readFile(join(folder, 'model.bin')))).toBe(sha256(bytes));
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([]);
    const { code, stderr } = await example('files.py', ['download', id, 'other.bin']);
    expect([code, stderr]).toEqual([1, `task ${id} has no file other.bin\n`]);
    await flow.api.post(`/api/v1/tasks/${id}/cancel`, {});
  });

  test('ends when time is up, when it is not let in, and when the service is away, busy or silent', async () => {
    const endless = aTask('endless').cpu(512).toYaml();
    const late = await runExample(endless, ['--timeout', '0.5']);
    expect([late.code, late.stderr]).toEqual([5, 'time is up after 0.5 s: endless is PENDING\n']);

    const stranger = await runExample(endless, [], { ORCHESTRATOR_TOKEN: 'wrong' });
    expect([stranger.code, JSON.parse(stranger.stderr)]).toEqual([
      4,
      expect.objectContaining({ status: 401 }),
    ]);

    const impatient = { ORCHESTRATOR_PATIENCE_SEC: '0.5' };
    const nobody = `http://127.0.0.1:${String(await freePort())}`;
    const away = await runExample(endless, [], { ...impatient, ORCHESTRATOR_URL: nobody });
    expect([away.code, away.stderr]).toEqual([3, expect.stringMatching(/not reached: ConnectError/)]);

    const problem = {
      type: 'urn:orchestrator:unavailable',
      title: 'Unavailable',
      status: 503,
      detail: 'No Redis.',
    };
    const answers: [RequestListener, RegExp][] = [
      [
        (_request, response) =>
          response
            .writeHead(503, { 'Content-Type': 'application/problem+json' })
            .end(JSON.stringify({ ...problem, instance: 'r' })),
        /not reached: Unavailable: No Redis\./,
      ],
      [(_request, response) => response.writeHead(502).end('<html>'), /not reached: \w+/],
      [() => undefined, /not reached: ReadTimeout/],
    ];
    for (const [answer, why] of answers) {
      const server = createServer(answer);
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
      const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
      const ran = await runExample(endless, [], { ...impatient, ORCHESTRATOR_URL: url });
      server.closeAllConnections();
      server.close();
      expect([ran.code, ran.stderr]).toEqual([3, expect.stringMatching(why)]);
    }
  });
});
