/** The jobs of docs/CI.md: their shell parts, as they are written there, against a real service with simulated workers. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse } from 'yaml';
import { sha256, type TaskRecord } from '../helpers/client';
import { ORCHESTRATOR, type Ran, runCommand } from '../helpers/command';
import { aTask, type TaskBuilder } from '../helpers/documents';
import { useFlow } from '../helpers/flow';
import { describeWithPrograms } from '../helpers/programs';
import { waitFor } from '../helpers/wait';

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
  | { train: { before_script: string[]; script: string[] } };

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
  const { before_script: install, script } = block.train;
  const part = (name: string, lines: string[]): Step => ({
    name,
    script: lines.join('\n'),
    isForCancelled: false,
  });
  return { shell: ['sh', '-e', '-c'], steps: [part('Install', install), part('Run', script)] };
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

  const pipeline = (): TaskBuilder =>
    aTask('digits').deliverTo(flow.api.resultsUrl, TOKEN).retry({ maxRetries: 0 });
  const upload = { name: 'final_model.zip', sizeBytes: 20_000 };

  /** Step by step, up to the first that fails. */
  async function run({ shell: [command = '', ...flags], steps }: Job, document: string): Promise<Ran> {
    await writeFile(join(folder, 'pipeline.yaml'), document);
    let last: Ran = { code: 0, stdout: '', stderr: '' };
    for (const { name, script } of steps) {
      if (name === 'Install' && !(await canInstall(script))) continue;
      const env = { ...(name === 'Install' ? registryAccess() : {}), ...environment() };
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
      const document = pipeline().stages(
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
      const document = pipeline().stages(
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

  const cancelling = jobs.filter(({ steps }) => steps.some((step) => step.isForCancelled));
  test.each(cancelling)('$name: its tasks are cancelled with it', async (job) => {
    const submit = { ...job, steps: job.steps.filter(({ name }) => name === 'Install' || name === 'Submit') };
    const document = aTask('endless').cpu(512).stages({ name: 'a' }, { name: 'b', dependsOn: [] });
    expect(await run(submit, document.toYaml())).toMatchObject({ code: 0 });
    const ids = (await readFile(join(folder, 'tasks.txt'), 'utf8')).trim().split('\n');
    expect(ids).toHaveLength(2);
    const cancel = { ...job, steps: job.steps.filter((step) => step.isForCancelled) };
    expect(await run(cancel, document.toYaml())).toMatchObject({ code: 0 });
    await waitFor('their end', async () => {
      const tasks: TaskRecord[] = await Promise.all(ids.map((id) => flow.api.task(id)));
      return tasks.every(({ status }) => status === 'CANCELLED');
    });
  });
});
