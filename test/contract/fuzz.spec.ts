/**
 * Schemathesis asks the running service for whatever docs/openapi.json allows and for what it forbids, the same each
 * time: nothing is answered with 5xx, and every answer is one that the document knows.
 */
import { appendFile, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../helpers/command';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { describeWithPython, pythonTool, ROOT } from '../helpers/programs';

const TOKEN = 'a-token-of-sixteen-characters';
const WITHIN_MS = 120_000;
const ENVIRONMENT = {
  TOKEN,
  SCHEMATHESIS_HOOKS: 'schemathesis_hooks',
  PYTHONPATH: __dirname,
  PYTHONDONTWRITEBYTECODE: '1',
};

/** Ids of tasks that are there, for the operations that say nothing without. */
interface Known {
  open: string;
  done: string;
  deleted: string;
  cancellable: string;
  /** Uploads that are open: one for each operation that may end it. */
  uploads: { asked: string; continued: string; terminated: string };
}

describeWithPython('requests made from the OpenAPI document', () => {
  const flow = useFlow({ token: TOKEN, env: { LOG_LEVEL: 'INFO', RECOVERY_GRACE_SEC: '0.1' } });
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-fuzz-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function run(known: Known | null): Promise<void> {
    const config = join(folder, 'schemathesis.toml');
    await copyFile(join(__dirname, 'schemathesis.toml'), config);
    if (known !== null) await appendFile(config, parametersOf(known));
    const { code, stdout, stderr } = await runCommand(
      pythonTool('schemathesis'),
      [
        `--config-file=${config}`,
        'run',
        join(ROOT, 'docs/openapi.json'),
        `--url=${flow.service.url}`,
        '--no-color',
        '--warnings=off',
        '--generation-database=none',
      ],
      { cwd: folder, env: ENVIRONMENT, withinMs: WITHIN_MS },
    );
    if (code !== 0) throw new Error(`schemathesis ended with ${String(code)}:\n${stdout}${stderr}`);
    expect(stdout).toMatch(/\b\d{3,} generated, \d{3,} passed/);
  }

  /** The id of an upload of which nothing has come yet. */
  async function beginUpload(task: string): Promise<string> {
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const answer = await flow.api.request('/api/v1/uploads', {
      method: 'POST',
      headers: {
        'Tus-Resumable': '1.0.0',
        'Upload-Length': '1000000',
        'Upload-Metadata': `task_id ${base64(task)},filename ${base64('part.bin')}`,
      },
    });
    expect(answer.status).toBe(201);
    return answer.headers.get('Location')!.split('/').at(-1)!;
  }
  const statusOf = async (upload: string): Promise<number> =>
    (await flow.api.request(`/api/v1/uploads/${upload}`)).status;

  test('are answered as it says, whatever they name', () => run(null), WITHIN_MS);

  test(
    'are answered as it says where there are tasks, results and files',
    async () => {
      const open = await flow.api.submitOne(aTask('open').cpu(512));
      const done = await flow.api.submitOne(aTask('done').cpu(512));
      const file = await flow.api.request(`/api/v1/results/${done}/files/model.bin`, {
        method: 'PUT',
        body: 'the bytes of a model',
      });
      expect(file.status).toBe(201);
      const deleted = await flow.api.submitOne(aTask('deleted').cpu(512));
      for (const id of [done, deleted]) {
        const body = { task_id: id, result: { answer: 42 } };
        expect((await flow.api.post('/api/v1/results', body)).status).toBe(201);
      }
      const cancellable = await flow.api.submitOne(aTask('cancellable').cpu(512));
      const uploads = {
        asked: await beginUpload(open),
        continued: await beginUpload(open),
        terminated: await beginUpload(open),
      };
      await flow.workers([{ id: 'gpu-1' }]);
      await run({ open, done, deleted, cancellable, uploads });
      expect((await flow.api.task(cancellable)).status).toBe('CANCELLED');
      expect(await statusOf(uploads.terminated)).toBe(404);
    },
    WITHIN_MS,
  );
});

const parametersOf = ({ open, done, deleted, cancellable, uploads }: Known): string => `
[[operations]]
include-operation-id = ["uploadFile", "putFile"]
parameters = { "path.id" = "${open}" }

[[operations]]
include-operation-id = ["getTask", "getResult", "getManifest", "listFiles", "downloadFile", "downloadBundle", "getResultHead", "downloadFileHead", "downloadBundleHead"]
parameters = { "path.id" = "${done}", "path.name" = "model.bin" }

[[operations]]
include-operation-id = "deleteResult"
parameters = { "path.id" = "${deleted}" }

[[operations]]
include-operation-id = "cancelTask"
parameters = { "path.id" = "${cancellable}" }

[[operations]]
include-operation-id = ["getUpload", "askUpload"]
parameters = { "path.id" = "${uploads.asked}" }

[[operations]]
include-operation-id = "continueUpload"
parameters = { "path.id" = "${uploads.continued}" }

[[operations]]
include-operation-id = "terminateUpload"
parameters = { "path.id" = "${uploads.terminated}" }

[[operations]]
include-operation-id = "getWorker"
parameters = { "path.id" = "gpu-1" }
`;
