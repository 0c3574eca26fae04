/** The jobs of docs/CI.md: their shell parts, as they are written there, against a real service with simulated workers. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { sha256, type TaskRecord } from '../helpers/client';
import { ORCHESTRATOR, type Ran, runCommand } from '../helpers/command';
import { aTask, type TaskBuilder } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { describeWithPrograms } from '../helpers/programs';
import { waitFor } from '../helpers/wait';
import { startFront, urlOf } from './front';

const ROOT = resolve(__dirname, '../..');
const TOKEN = 'a-token-of-sixteen-characters';
/** Where there is a package registry, the command line is packed and installed as the jobs say. */
const IS_WHOLE = process.env.CLIENT_TOOLS === 'required';

interface Step {
  name: string;
  script: string;
  isForCancelled: boolean;
}
interface Job {
  /** Of the headings above it. */
  name: string;
  shell: string[];
  steps: Step[];
}

/** Each `yaml` block of the page, under the two headings above it. */
function jobsOf(page: string): Job[] {
  const jobs: Job[] = [];
  let headings: [string, string] = ['', ''];
  for (const [, level, heading = '', block] of page.matchAll(/^(##|###) (.+)$|^```yaml\n([^]*?)^```$/gm)) {
    if (level === '##') headings = [heading, ''];
    else if (level === '###') headings = [headings[0], heading];
    else if (block !== undefined) jobs.push({ name: headings.join(', '), ...stepsOf(parse(block) as Block) });
  }
  return jobs;
}

/** What either kind of job has that is read here. */
type Block =
  | { jobs: { train: { steps: { name: string; run?: string; if?: string }[] } } }
  | { train: { before_script: string[]; script: string[]; after_script: string[] } };

function stepsOf(block: Block): Pick<Job, 'shell' | 'steps'> {
  if ('jobs' in block) {
    return {
      // As GitHub runs what says nothing of its shell.
      shell: ['bash', '-e', '-c'],
      steps: block.jobs.train.steps.flatMap(({ name, run, if: condition }) =>
        run === undefined ? [] : { name, script: run, isForCancelled: condition === 'cancelled()' },
      ),
    };
  }
  const { before_script: install, script, after_script: after } = block.train;
  const part = (name: string, lines: string[], isForCancelled = false): Step => ({
    name,
    script: lines.join('\n'),
    isForCancelled,
  });
  return {
    shell: ['sh', '-e', '-c'],
    steps: [part('Install', install), part('Run', script), part('Cancel', after, true)],
  };
}

/** How this machine reaches its package registry: npm looks for that beside the prefix, which is another here. */
const registryAccess = (): Record<string, string> => ({
  NPM_CONFIG_GLOBALCONFIG: execFileSync('npm', ['config', 'get', 'globalconfig'], {
    encoding: 'utf8',
  }).trim(),
});

const jobs = jobsOf(readFileSync(join(ROOT, 'docs/CI.md'), 'utf8'));

describeWithPrograms(['bash', 'curl', 'jq'], 'the jobs of docs/CI.md', () => {
  const flow = useFlow({ token: TOKEN });
  let bin: string;
  let folder: string;
  let runs = 0;
  let isInstalled = false;

  beforeAll(async () => {
    bin = await mkdtemp(join(tmpdir(), 'orchestrator-bin-'));
    if (!IS_WHOLE) await symlink(ORCHESTRATOR, join(bin, 'orchestrator'));
  });
  afterAll(() => rm(bin, { recursive: true, force: true }));
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orchestrator-job-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const training = (): TaskBuilder =>
    aTask('digits').deliverTo(flow.api.resultsUrl, TOKEN).retry({ maxRetries: 0 });
  const upload = { name: 'final_model.zip', sizeBytes: 20_000 };

  /** Step by step, up to the first that fails. */
  async function run(
    { shell: [command = '', ...flags], steps }: Job,
    document: string,
    variables: Record<string, string> = {},
  ): Promise<Ran> {
    await writeFile(join(folder, 'pipeline.yaml'), document);
    let last: Ran = { code: 0, stdout: '', stderr: '' };
    for (const { name, script } of steps) {
      if (name === 'Install' && !(await canInstall(script))) continue;
      const env = { ...(name === 'Install' ? registryAccess() : {}), ...environment(), ...variables };
      last = await runCommand(command, [...flags, script], { cwd: folder, env, withinMs: 60_000 });
      if (last.code !== 0) return last;
    }
    return last;
  }

  /** Once for all jobs, and nothing of the system; the package is made as the page says. */
  async function canInstall(script: string): Promise<boolean> {
    if (!IS_WHOLE || isInstalled || !script.startsWith('npm ')) return false;
    isInstalled = true;
    await mkdir(join(folder, 'tools'));
    execFileSync(
      'npm',
      ['pack', '--silent', '-w', 'clients/typescript', '--pack-destination', join(folder, 'tools')],
      {
        cwd: ROOT,
        stdio: 'pipe',
      },
    );
    return true;
  }

  const environment = (): Record<string, string> => ({
    PATH: `${join(bin, 'bin')}:${bin}:${process.env.PATH ?? ''}`,
    NPM_CONFIG_PREFIX: bin,
    ORCHESTRATOR_URL: flow.service.url,
    ORCHESTRATOR_TOKEN: TOKEN,
    GITHUB_RUN_ID: String(process.pid),
    GITHUB_RUN_ATTEMPT: String(runs),
    CI_JOB_ID: `${String(process.pid)}${String(runs)}`,
    WAIT_SEC: '600',
  });
  beforeEach(() => {
    runs += 1;
  });

  test('are four', () => {
    expect(jobs.map(({ name }) => name)).toEqual([
      'GitHub Actions, With the command line',
      'GitHub Actions, With curl and jq',
      'GitLab CI, With the command line',
      'GitLab CI, With curl and jq',
    ]);
  });

  describe.each(jobs)('$name', (job) => {
    const work = { ...job, steps: job.steps.filter((step) => !step.isForCancelled) };

    test('fetches the result and the model of a pipeline that is done', async () => {
      await flow.workers([{ id: 'w' }]);
      const document = training().stages(
        { name: 'train', spec: { simulate: { upload, echo: 'trained' } } },
        { name: 'evaluate' },
      );
      expect(await run(work, document.toYaml())).toMatchObject({ code: 0 });
      const { result } = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'));
      expect(result).toMatchObject({ echo: 'trained' });
      expect(sha256(await readFile(join(folder, 'final_model.zip')))).toBe(result.saved_sha256);
    });

    test('fails when a task fails, and says why', async () => {
      await flow.workers([{ id: 'w' }]);
      const document = training().stages(
        { name: 'train', spec: { simulate: { upload } } },
        { name: 'evaluate', spec: { simulate: { fail: 'always' } } },
      );
      const { code, stderr } = await run(work, document.toYaml());
      expect(code).toBe(1);
      expect(stderr).toMatch(/digits:evaluate: .*simulated failure on w/);
    });

    test('fails when the document has mistakes, and says which', async () => {
      const { code, stderr } = await run(work, 'apiVersion: v1\nkind: Task\nmetadata: {name: x}\nspec: {}\n');
      expect(code).toBeGreaterThan(0);
      expect(stderr).toMatch(/spec\.taskType/);
    });
  });

  describe.each(jobs)('$name', (job) => {
    const endless = aTask('endless').cpu(512).stages({ name: 'a' }, { name: 'b', dependsOn: [] }).toYaml();
    const ofKind = (isForCancelled: boolean): Job => ({
      ...job,
      steps: job.steps.filter((step) => step.isForCancelled === isForCancelled),
    });
    const submitted = async (): Promise<string[]> =>
      (await readFile(join(folder, 'tasks.txt'), 'utf8')).trim().split(/\s/);

    test('ends when time is up, and cancels its tasks when it is cancelled', async () => {
      const { code, stderr } = await run(ofKind(false), endless, { WAIT_SEC: '1' });
      expect([code, stderr]).toEqual([5, expect.stringMatching(/time is up|did not end within 1 s/)]);
      const ids = await submitted();
      expect(ids).toHaveLength(2);
      expect(await run(ofKind(true), endless, { CI_JOB_STATUS: 'canceled' })).toMatchObject({ code: 0 });
      await waitFor('their end', async () => {
        const tasks: TaskRecord[] = await Promise.all(ids.map((id) => flow.api.task(id)));
        return tasks.every(({ status }) => status === 'CANCELLED');
      });
    });

    test('follows a download to a bucket, and does not take its token there', async () => {
      await flow.workers([{ id: 'w' }]);
      const document = training().stages({ name: 'train', spec: { simulate: { upload } } });
      const front = await startFront(flow.service.url, TOKEN);
      try {
        expect(await run(ofKind(false), document.toYaml(), { ORCHESTRATOR_URL: front.url })).toMatchObject({
          code: 0,
        });
      } finally {
        front.stop();
      }
      const { result } = JSON.parse(await readFile(join(folder, 'result.json'), 'utf8'));
      expect(sha256(await readFile(join(folder, 'final_model.zip')))).toBe(result.saved_sha256);
      expect(front.authorized).toEqual([undefined]);
    });
  });

  const deciding = jobs.filter(({ steps }) => steps.some(({ script }) => script.includes('CI_JOB_STATUS')));
  test.each(deciding)('$name: leaves the tasks of a job that is not cancelled', async (job) => {
    const id = await flow.api.submitOne(aTask('endless').cpu(512));
    await writeFile(join(folder, 'tasks.txt'), id);
    const cancel = { ...job, steps: job.steps.filter((step) => step.isForCancelled) };
    expect(await run(cancel, '', { CI_JOB_STATUS: 'failed' })).toMatchObject({ code: 0 });
    expect(await flow.api.task(id)).toMatchObject({ status: 'PENDING' });
    await flow.api.post(`/api/v1/tasks/${id}/cancel`, {});
  });

  const withCurl = jobs.filter(({ name }) => name.endsWith('curl and jq'));
  test.each(withCurl)('$name: gives up a service that is silent', async (job) => {
    const silent = createServer();
    await new Promise<void>((ready) => silent.listen(0, '127.0.0.1', ready));
    // The same with less patience.
    const hasty = (script: string): string =>
      script.replace('--retry 5', '--retry 0').replace('--speed-time 30', '--speed-time 1');
    const steps = job.steps
      .filter((step) => !step.isForCancelled)
      .map((step) => ({ ...step, script: hasty(step.script) }));
    try {
      const { code, stderr } = await run({ ...job, steps }, 'kind: Task', {
        ORCHESTRATOR_URL: urlOf(silent),
      });
      expect([code, stderr]).toEqual([expect.any(Number), expect.stringContaining('curl: (28)')]);
      expect(code).not.toBe(0);
    } finally {
      silent.closeAllConnections();
      silent.close();
    }
  });
});
