// `node scripts/check-image.mjs`: takes the steps of the Dockerfile in a clean folder, without Docker but with its Node,
// and tries what comes of them: what is in both images, and that they start, answer, work and stop. As root each process
// has its image as its root and nothing else, not even a shell, and runs as the image's user.
import { chmodSync, copyFileSync, existsSync, lstatSync, mkdirSync } from 'node:fs';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { copyContext, ImageBuilder, readStages, removeImages } from './lib/dockerfile.mjs';
import { installImageNode } from './lib/image-node.mjs';
import { freePort, waitFor } from './lib/network.mjs';
import { at } from './lib/paths.mjs';
import { Family, lastWords, run, signal, stopRunning } from './lib/processes.mjs';
import { ensureRedisServer, startThrowawayRedis } from './lib/redis-server.mjs';
import { apiClient } from './lib/service.mjs';
import { seconds } from './lib/terminal.mjs';

const MAX_MODULES_BYTES = 130 * 1024 * 1024;
const PIPELINE = 'examples/pipelines/train-evaluate-report.yaml';
const STOPS_WITHIN_MS = 10_000;
/** Of those that the Open Container Initiative has. */
const LABELS = ['title', 'description', 'licenses', 'version', 'revision'];
const FOLDERS = (process.env.PATH ?? '').split(delimiter);

const stages = readStages(at('Dockerfile'));
const asRoot = process.getuid?.() === 0;
const folder = mkdtempSync(join(tmpdir(), 'orchestrator-image-'));
const family = new Family();
const from = Date.now();

const say = (text) => console.log(`[${seconds(Date.now() - from).padStart(7)}] ${text}`);
function check(holds, what, found = '') {
  if (!holds) throw new Error(`${what}: ${found}`);
  say(`ok  ${what}${found === '' ? '' : ` (${found})`}`);
}

async function main() {
  await checkStyle();
  const node = await imageNode();
  const context = join(folder, 'context');
  copyContext(at('.'), context);
  const builder = new ImageBuilder({
    stages,
    context,
    folder,
    provide: (image, root) => provide(image, root, node),
    say,
    // How npm reaches its registry is a matter of the machine; what it has fetched before it need not fetch again.
    env: {
      ...process.env,
      NODE_ENV: undefined,
      PATH: `${dirname(node)}:${process.env.PATH}`,
      npm_config_prefer_offline: 'true',
    },
  });
  const service = await builder.build('service');
  const worker = await builder.build('worker');
  for (const [name, image] of Object.entries({ service, worker })) checkContents(name, image);
  check(stages.at(-1).name === 'service', 'the service is what is built by default');
  await checkBehaviour(service, worker);
}

/** The one that the Dockerfile names. Where it cannot be had, outside of CI, the one of this machine has to do. */
async function imageNode() {
  const [, wanted] = /^node:(\d+)/.exec(stages.find(({ base }) => base.startsWith('node:')).base);
  const node = await installImageNode(say).catch((error) => {
    if (process.env.CI) throw error;
    say(`Node ${wanted} cannot be had (${error.message.split('\n')[0]})`);
    return null;
  });
  if (node === null) {
    say(
      `NOT CHECKED with the Node of the image: its steps are taken with ${process.version} of this machine`,
    );
    return process.execPath;
  }
  const version = (await run(node, ['--version'])).output.trim();
  check(
    version.startsWith(`v${wanted}.`),
    `built and run with Node ${wanted}, as the Dockerfile has it`,
    version,
  );
  return node;
}

/** What the bases hold of which the steps make use. */
async function provide(image, root, node) {
  if (image.startsWith('node:')) return put(node, join(root, 'usr/local/bin/node'));
  if (!image.startsWith('gcr.io/distroless/cc')) throw new Error(`${image} is not known here`);
  // The libraries of that base, from this machine: the ones that Node asks for.
  const { output } = await run('ldd', [node]);
  for (const [, path] of output.matchAll(/(\/\S+) \(0x/g)) put(path, join(root, path));
  for (const each of ['tmp', 'proc']) mkdirSync(join(root, each));
  chmodSync(join(root, 'tmp'), 0o1777);
}

function put(source, target) {
  mkdirSync(dirname(target), { recursive: true });
  copyFileSync(source, target);
  chmodSync(target, 0o755);
}

function checkContents(name, { root, labels, user, workdir, healthcheck }) {
  const modules = join(root, workdir, 'node_modules');
  const locked = JSON.parse(readFileSync(at('package-lock.json'), 'utf8')).packages;
  const installed = Object.keys(
    JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages,
  ).filter((path) => path.startsWith('node_modules/') && !locked[path].link);
  const dev = installed.filter((path) => locked[path].dev);
  check(dev.length === 0, `${name}: no development package`, dev.join(' ') || `${installed.length} packages`);

  const bytes = sizeOf(modules);
  check(bytes <= MAX_MODULES_BYTES, `${name}: node_modules`, `${Math.round(bytes / 1024 ** 2)} MiB on disk`);

  const { components } = JSON.parse(readFileSync(join(root, workdir, 'sbom.cdx.json'), 'utf8'));
  const listed = new Set(components.map((each) => `${each.name}@${each.version}`));
  const missing = installed.filter(
    (path) => !listed.has(`${path.split('node_modules/').at(-1)}@${locked[path].version}`),
  );
  check(missing.length === 0, `${name}: the SBOM lists every package`, missing.join(' '));

  const unlabelled = LABELS.filter((label) => !labels[`org.opencontainers.image.${label}`]);
  check(unlabelled.length === 0, `${name}: labelled with ${LABELS.join(', ')}`, unlabelled.join(' '));
  const { version } = JSON.parse(readFileSync(at('package.json'), 'utf8'));
  check(
    labels['org.opencontainers.image.version'] === version,
    `${name}: the version is that of the package`,
  );
  check(/^[1-9]\d*:[1-9]\d*$/.test(user), `${name}: a user by number, not root`, user);
  const shells = filesBelow(root).filter((path) => /(^|\/)(ba|da|z)?sh$|(^|\/)np[mx]$/.test(path));
  check(shells.length === 0, `${name}: no shell and no npm`, shells.join(' '));
  if (name === 'service') check(healthcheck[0] === '/usr/local/bin/node', 'service: a health check');
}

/** Where it is there, or `npm run chart:tools` has brought it. */
async function checkStyle() {
  const program = [at('.cache/bin/hadolint'), ...FOLDERS.map((each) => join(each, 'hadolint'))].find(
    existsSync,
  );
  if (program === undefined) return say('hadolint is not here: the style of the Dockerfile is not looked at');
  const { code, output } = await run(program, [at('Dockerfile')]);
  check(code === 0, 'hadolint finds nothing to say about the Dockerfile', output.trim());
}

async function checkBehaviour(service, worker) {
  const redisServer = await ensureRedisServer(say);
  const { url: redisUrl } = await startThrowawayRedis(family, redisServer, {
    directory: join(folder, 'redis'),
    logFile: join(folder, 'redis.log'),
  });
  const port = await freePort();
  const base = `http://127.0.0.1:${port}`;
  const before = { service: filesBelow(service.root), worker: filesBelow(worker.root) };

  const env = { REDIS_URL: redisUrl, PORT: String(port), ORCHESTRATOR_BASE_URL: base };
  const running = start('service', service, env);
  const api = apiClient(base);
  await Promise.race([api.ready(), family.firstDeath()]);
  say('ok  service: starts and is ready');
  check((await healthcheck(service, env)) === 0, 'service: its health check says so');

  start('worker', worker, { REDIS_URL: redisUrl });
  await waitFor('the worker', async () => ((await api.workers()).length === 1 ? true : undefined));
  await Promise.race([runPipeline(api, base), family.firstDeath()]);
  say('ok  worker: runs the pipeline of the demo');

  running.stopping = true;
  signal(running, 'SIGTERM');
  const { code } = await running.ended;
  check(code === 0, 'service: ends by itself after SIGTERM', `exit code ${code}`);
  check((await healthcheck(service, env)) === 1, 'service: its health check says that too');
  await family.stopAll();
  for (const [name, image] of Object.entries({ service, worker })) {
    const changed = filesBelow(image.root).filter(
      (path) =>
        !before[name].includes(path) && !image.volumes.some((volume) => `/${path}`.startsWith(volume)),
    );
    check(
      changed.length === 0,
      `${name}: nothing is written outside of ${image.volumes.join(' ')}`,
      changed.join(' '),
    );
  }
}

async function runPipeline(api, base) {
  const text = readFileSync(at(PIPELINE), 'utf8').replaceAll('http://127.0.0.1:8000', base);
  const { count } = await api.submit(text);
  await waitFor('the pipeline', async () => {
    const tasks = await api.tasks();
    const ended = tasks.filter(({ status }) => ['FAILED', 'CANCELLED'].includes(status));
    if (ended.length > 0) throw new Error(`${ended[0].name} ended as ${ended[0].status}: ${ended[0].error}`);
    return tasks.filter(({ status }) => status === 'DONE').length >= count ? true : undefined;
  });
}

function start(name, image, env) {
  const [command, args, options] = inside(image, image.command, env);
  const logFile = join(folder, `${name}.log`);
  return family.start(name, command, args, { ...options, logFile, stopWithinMs: STOPS_WITHIN_MS });
}

async function healthcheck(image, env) {
  const [command, args, options] = inside(image, image.healthcheck, env);
  return (await run(command, args, options)).code;
}

/** How to run a command in an image: as root with the image as its root, else where it lies. */
function inside({ root, workdir, user, env: own }, [program, ...args], env) {
  const all = { ...own, ...env };
  if (asRoot) {
    const [uid, gid] = user.split(':');
    const setting = [`--root=${root}`, `--wd=${workdir}`, '--mount-proc'];
    return ['unshare', [...setting, `--setuid=${uid}`, `--setgid=${gid}`, program, ...args], { env: all }];
  }
  const placed = (value) => (value?.startsWith('/data') ? join(root, value) : value);
  const outside = Object.fromEntries(Object.entries(all).map(([key, value]) => [key, placed(value)]));
  return [join(root, program), args, { cwd: join(root, workdir), env: outside }];
}

/** Paths of files and folders, from the root, without what the system shows there. */
function filesBelow(root) {
  return readdirSync(root, { recursive: true }).filter(
    (path) => !path.startsWith('proc/') && !path.includes('node_modules/'),
  );
}

/** What the files take on disk. */
function sizeOf(path) {
  const stat = lstatSync(path);
  const own = stat.blocks * 512;
  if (!stat.isDirectory()) return own;
  return readdirSync(path).reduce((sum, name) => sum + sizeOf(join(path, name)), own);
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    stopRunning();
    void family.stopAll().then(() => process.exit(1));
  });
}

let failed = false;
try {
  if (!asRoot) say('not root: what is built runs where it lies, and not in a root of its own');
  await main();
} catch (error) {
  failed = true;
  console.error(`FAIL ${error.message}`);
  for (const name of ['service', 'worker'])
    console.error(lastWords({ logFile: join(folder, `${name}.log`) }));
} finally {
  await family.stopAll();
  removeImages(folder);
}
process.exit(failed ? 1 : 0);
