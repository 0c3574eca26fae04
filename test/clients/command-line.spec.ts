/** The command line as a script uses it: what it prints where, and the codes it ends with. */
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { sha256, type Submission, type TaskRecord } from '../helpers/client';
import { ORCHESTRATOR, type Ran, runCommand } from '../helpers/command';
import { aTask } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { freePort } from '../helpers/processes';

const TOKEN = 'a-token-of-sixteen-characters';

describe('orchestrator', () => {
  const flow = useFlow({ token: TOKEN });
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-cli-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const cli = (args: readonly string[], env: Record<string, string> = {}, input = ''): Promise<Ran> =>
    runCommand(process.execPath, [ORCHESTRATOR, ...args], {
      env: { ORCHESTRATOR_URL: flow.service.url, ORCHESTRATOR_TOKEN: TOKEN, ...env },
      cwd: folder,
      input,
    });
  const json = async <T>(args: readonly string[]): Promise<T> => {
    const { code, stdout, stderr } = await cli([...args, '--json']);
    if (code !== 0) throw new Error(`orchestrator ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
    return JSON.parse(stdout) as T;
  };

  test('submits, waits, and gives the result and a file', async () => {
    await flow.workers([{ id: 'w' }]);
    const document = aTask('train')
      .simulate({ upload: { name: 'final_model.zip', sizeBytes: 5_000 } })
      .deliverTo(flow.api.resultsUrl, TOKEN);
    await writeFile(join(folder, 'pipeline.yaml'), document.toYaml());
    const ran = await cli(['submit', 'pipeline.yaml', '--wait', '--idempotency-key', 'k-1', '--json']);
    expect(ran.code).toBe(0);
    const [task] = JSON.parse(ran.stdout) as TaskRecord[];
    expect(task).toMatchObject({ name: 'train', status: 'DONE', assigned_worker: 'w' });
    expect(ran.stderr).toContain(`train: task ${task!.task_id}\n`);
    expect(ran.stderr).toContain('train: DONE on w\n');

    const again = await json<Submission>(['submit', 'pipeline.yaml', '--idempotency-key', 'k-1']);
    expect(again.tasks[0]!.task_id).toBe(task!.task_id);

    const { stdout } = await cli(['result', task!.task_id]);
    expect(JSON.parse(stdout)).toEqual(await flow.api.result(task!.task_id));
    expect(await cli(['result', task!.task_id, '-o', 'result.json'])).toMatchObject({ code: 0, stdout: '' });
    expect(await readFile(join(folder, 'result.json'), 'utf8')).toBe(stdout);

    const [file] = await json<{ name: string; sha256: string }[]>(['files', task!.task_id]);
    expect(file!.name).toBe('final_model.zip');
    expect(await cli(['download', task!.task_id, 'final_model.zip'])).toMatchObject({
      code: 0,
      stdout: 'final_model.zip\n',
    });
    expect(sha256(await readFile(join(folder, 'final_model.zip')))).toBe(file!.sha256);
    expect((await readdir(folder)).sort()).toEqual(['final_model.zip', 'pipeline.yaml', 'result.json']);
  });

  test('ends with 1 when a task fails or is cancelled, and says its error and its reason', async () => {
    await flow.workers([{ id: 'w' }]);
    const failing = aTask('broken').simulate({ fail: 'always' }).retry({ maxRetries: 0 }).toYaml();
    const ran = await cli(['submit', '-', '--wait'], {}, failing);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toMatch(/\bbroken +FAILED +w +0\/0\n$/);
    expect(ran.stderr).toContain('broken: error: simulated failure on w\n');

    const { tasks } = await json<Submission>(['submit', await saved(aTask('waits').cpu(512).toYaml())]);
    const [id = ''] = tasks.map((task) => task.task_id);
    expect((await cli(['status', id])).stdout).toMatch(/\bwaits +PENDING\b/);
    expect((await cli(['cancel', id])).code).toBe(0);
    const waited = await cli(['wait', id]);
    expect(waited.code).toBe(1);
    expect(waited.stderr).toContain('waits: reason: cancelled by request\n');
    expect((await cli(['status', id])).code).toBe(1);
    expect((await cli(['list', '--status', 'cancelled', '--limit', '1'])).stdout.split('\n')).toHaveLength(3);
  });

  test('adds a file to a task, and shows who works', async () => {
    const fleet = await flow.workers([{ id: 'w' }]);
    const { tasks } = await json<Submission>([
      'submit',
      await saved(aTask('gated').simulate({ gate: 'go' }).deliverTo(flow.api.resultsUrl, TOKEN).toYaml()),
    ]);
    const [id = ''] = tasks.map((task) => task.task_id);
    await fleet.seen('started', { task_id: id });
    expect((await cli(['workers'])).stdout).toMatch(new RegExp(`\\bw +RUNNING +${id} `));
    await writeFile(join(folder, 'notes.txt'), 'what was noted');
    const { stdout } = await cli(['upload', id, 'notes.txt', '--name', 'n.txt']);
    expect(stdout).toBe(`n.txt  14 bytes  ${sha256('what was noted')}\n`);
    fleet.open('go');
    expect((await cli(['wait', id, '--timeout', '20'])).code).toBe(0);
    expect((await cli(['download', id, 'n.txt', '-o', '-'])).stdout).toBe('what was noted');
  });

  test('ends with 5 when time is up', async () => {
    const { tasks } = await json<Submission>(['submit', await saved(aTask('never').cpu(512).toYaml())]);
    const [id = ''] = tasks.map((task) => task.task_id);
    const { code, stderr } = await cli(['wait', id, '--timeout', '0.1']);
    expect(code).toBe(5);
    expect(stderr).toContain('did not end within 0.1 s');
    await cli(['cancel', id]);
  });

  test('ends with 4 when the service says no, and shows every mistake with its place', async () => {
    const file = await saved('apiVersion: v1\nkind: Task\nmetadata: {name: x}\nspec:\n  taskType: 7\n');
    const { code, stdout, stderr } = await cli(['submit', file]);
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(stderr).toMatch(/^ {2}document\.yaml:5:\d+ spec\.taskType: .+$/m);
    expect(stderr).toMatch(/^ {2}document\.yaml:\d+:\d+ spec\.resources\.replicas: .+$/m);
    expect(await cli(['status', 'no-such-task'])).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('There is no task no-such-task.'),
    });
    expect(await cli(['list'], { ORCHESTRATOR_TOKEN: 'wrong' })).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('Unauthorized'),
    });
    expect((await cli(['download', 'no-such-task', 'x'])).code).toBe(4);
    expect(await readdir(folder)).toEqual(['document.yaml']);
  });

  test('fetches files in directories into directories', async () => {
    const id = await flow.api.submitOne(aTask('checkpoints').cpu(10_000));
    const files = { 'checkpoint-1/a.bin': 'a', 'checkpoint-1/deep er/b.bin': 'b', 'log.txt': 'log' };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(flow.resultsDir, id, name)), { recursive: true });
      await writeFile(join(flow.resultsDir, id, name), text);
    }
    expect((await flow.api.post('/api/v1/results', { task_id: id, result: {} })).status).toBe(201);
    const there = async (where: string): Promise<Record<string, string>> => {
      const entries = await readdir(join(folder, where), { recursive: true, withFileTypes: true });
      const paths = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));
      const read = paths.map(async (path) => [
        relative(join(folder, where), path),
        await readFile(path, 'utf8'),
      ]);
      return Object.fromEntries(await Promise.all(read)) as Record<string, string>;
    };
    expect(await cli(['download', id, 'checkpoint-1/a.bin', '-d', 'one'])).toMatchObject({
      code: 0,
      stdout: 'one/checkpoint-1/a.bin\n',
    });
    expect(await there('one')).toEqual({ 'checkpoint-1/a.bin': 'a' });
    expect((await cli(['download', id, '-d', 'all'])).code).toBe(0);
    expect(await there('all')).toEqual(files);
    const some = await json<{ path: string }[]>(['download', id, 'checkpoint-1/deep er/', '-d', 'some']);
    expect(some.map(({ path }) => path)).toEqual(['some/checkpoint-1/deep er/b.bin']);
    expect(await cli(['download', id, 'checkpoint-1/a.bin', '-o', '-'])).toMatchObject({ stdout: 'a' });

    await mkdir(join(folder, 'elsewhere'));
    await mkdir(join(folder, 'linked'));
    await symlink('../elsewhere', join(folder, 'linked/checkpoint-1'));
    expect((await cli(['download', id, '-d', 'linked'])).code).toBe(2);
    expect(await readdir(join(folder, 'elsewhere'))).toEqual([]);
    expect((await cli(['download', id, 'nothing/'])).code).toBe(2);
    expect((await cli(['download', id, '-o', 'x'])).code).toBe(2);
  });

  test.each(['../out.bin', 'a/../../out.bin', '/out.bin', 'a//out.bin', 'a\\..\\out.bin', 'C:out.bin', '..'])(
    'writes nothing outside, whatever a service names: %s',
    async (name) => {
      const server = createServer((request, response) => {
        const list = [{ name, url: 'x', size: 1, sha256: sha256('x'), time: '2026-01-31T08:04:12.606Z' }];
        if (request.url?.endsWith('/files') === true) response.setHeader('Content-Type', 'application/json');
        response.end(request.url?.endsWith('/files') === true ? JSON.stringify(list) : 'x');
      });
      await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
      const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
      try {
        for (const args of [
          ['download', 't', '-d', 'in/here'],
          ['download', 't', name],
        ]) {
          const { code, stderr } = await cli(args, { ORCHESTRATOR_URL: url });
          expect([code, stderr]).toEqual([2, expect.stringContaining('is no path below a directory')]);
        }
        expect(await readdir(folder, { recursive: true })).toEqual([]);
      } finally {
        server.close();
      }
    },
  );

  test('keeps nothing of a file that is damaged on its way', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('ETag', `"${sha256('what was meant')}"`);
      response.end('what came');
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
    try {
      const { code, stderr } = await cli(['download', 'a-task', 'model.bin'], { ORCHESTRATOR_URL: url });
      expect(code).toBe(3);
      expect(stderr).toContain(`the SHA-256 ${sha256('what came')}, not ${sha256('what was meant')}`);
      expect(await readdir(folder)).toEqual([]);
    } finally {
      server.close();
    }
  });

  test('ends with 3 when nobody answers', async () => {
    const url = `http://127.0.0.1:${String(await freePort())}`;
    expect(await cli(['status', 'a'], { ORCHESTRATOR_URL: url })).toMatchObject({
      code: 3,
      stderr: expect.stringContaining(`${url} does not answer: `),
    });
  });

  test.each([
    [[], /Commands/],
    [['launch'], /there is no command launch/],
    [['submit'], /usage: orchestrator submit FILE/],
    [['submit', 'no-such-file.yaml'], /ENOENT.*no-such-file\.yaml/],
    [['submit', 'a', '--timeout', '5'], /--timeout goes with --wait/],
    [['wait', 'a', '--timeout', 'soon'], /--timeout takes a number/],
    [['list', '--status', 'gone'], /--status is one of PENDING/],
    [['list', '--sideways'], /--sideways/],
    [['list', '--url', 'ftp://x'], /no http or https URL/],
  ])('ends with 2 for %j', async (args, text) => {
    const { code, stdout, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stdout + stderr).toMatch(text);
  });

  async function saved(text: string): Promise<string> {
    const file = join(folder, 'document.yaml');
    await writeFile(file, text);
    return 'document.yaml';
  }
});
