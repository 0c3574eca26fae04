// `npm run demo`: sets up what is missing, starts a private Redis, the orchestrator and three sample workers, runs
// the pipeline of examples/pipelines/train-evaluate-report.yaml, shows its progress and its result, stops everything.
import { mkdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, waitFor } from './lib/network.mjs';
import { at, SERVICE_MAIN, WORKER_MAIN } from './lib/paths.mjs';
import { Family, lastWords } from './lib/processes.mjs';
import { startThrowawayRedis } from './lib/redis-server.mjs';
import { apiClient, cleanEnv } from './lib/service.mjs';
import { setUp } from './lib/set-up.mjs';
import { LiveLines, seconds } from './lib/terminal.mjs';

const PIPELINE = 'examples/pipelines/train-evaluate-report.yaml';
/** The address that the pipelines name; the demo's own goes in its place. */
const DOCUMENTED_BASE = 'http://127.0.0.1:8000';
const WORKERS = 3;
const PIPELINE_WITHIN_MS = 120_000;
const ENDED = new Set(['DONE', 'FAILED', 'CANCELLED']);

const started = Date.now();
const say = (text) => console.log(`[${seconds(Date.now() - started).padStart(7)}] ${text}`);
const family = new Family();
let orchestrator;

async function main() {
  const redisServer = await setUp(say);
  const folder = at('data/demo', new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
  mkdirSync(folder, { recursive: true });

  const base = await startService(redisServer, folder);
  const api = apiClient(base);
  const died = family.firstDeath();
  await Promise.race([allWorkersIdle(api), died]);

  say(`submitting ${PIPELINE}`);
  const { tasks } = await api.submit(readFileSync(at(PIPELINE), 'utf8').replaceAll(DOCUMENTED_BASE, base));
  await Promise.race([follow(api, tasks), died]);
  await showResult(api, tasks, join(folder, 'results'));
}

async function startService(redisServer, folder) {
  const { url: redisUrl } = await startThrowawayRedis(family, redisServer, {
    directory: folder,
    logFile: join(folder, 'redis.log'),
  });
  say(`Redis is up at ${redisUrl}`);

  const port = await freePort(8000);
  const base = `http://127.0.0.1:${port}`;
  orchestrator = family.start('orchestrator', process.execPath, [SERVICE_MAIN], {
    cwd: folder,
    logFile: join(folder, 'orchestrator.out'),
    stopWithinMs: 10_000,
    env: cleanEnv({
      REDIS_URL: redisUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      ORCHESTRATOR_BASE_URL: base,
      ORCHESTRATOR_RESULTS_DIR: join(folder, 'results'),
      LOG_FILE: join(folder, 'orchestrator.log'),
    }),
  });
  // The workers start meanwhile; they need only Redis.
  for (let number = 1; number <= WORKERS; number += 1) {
    family.start(`worker ${number}`, process.execPath, [WORKER_MAIN], {
      cwd: folder,
      logFile: join(folder, `worker-${number}.log`),
      env: cleanEnv({
        REDIS_URL: redisUrl,
        WORKER_ID: `sample-${number}`,
        RESULTS_DIR: join(folder, `worker-${number}`),
      }),
    });
  }
  await Promise.race([apiClient(base).ready(), family.firstDeath()]);
  say(`the orchestrator is up at ${base}`);
  return base;
}

async function allWorkersIdle(api) {
  await waitFor(`the ${WORKERS} workers`, async () => {
    const workers = await api.workers();
    return workers.filter(({ status }) => status === 'IDLE').length === WORKERS ? true : undefined;
  });
  say(`${WORKERS} workers are idle`);
}

/** Shows a line per task until the submitted ones have ended; throws when one of them failed. */
async function follow(api, submitted) {
  const lines = new LiveLines();
  const ids = new Set(submitted.map(({ task_id: id }) => id));
  const deadline = Date.now() + PIPELINE_WITHIN_MS;
  for (;;) {
    const records = (await api.tasks()).filter(
      ({ task_id: id, parent_task_id: parent }) => ids.has(id) || ids.has(parent),
    );
    lines.show(inOrder(records, submitted).map(lineOf));

    const own = records.filter(({ task_id: id }) => ids.has(id));
    const failed = own.find(({ status }) => status === 'FAILED' || status === 'CANCELLED');
    if (failed) throw new Error(`${failed.name} ended ${failed.status}: ${failed.error ?? failed.reason}`);
    if (own.length === ids.size && own.every(({ status }) => ENDED.has(status))) return;
    if (Date.now() > deadline) throw new Error(`the pipeline did not end in ${seconds(PIPELINE_WITHIN_MS)}`);
    await sleep(100);
  }
}

/** Submitted tasks in document order, each followed by its shards. */
function inOrder(records, submitted) {
  return submitted.flatMap(({ task_id: id }) => [
    ...records.filter((record) => record.task_id === id),
    ...records.filter((record) => record.parent_task_id === id).sort((a, b) => a.shard_index - b.shard_index),
  ]);
}

function lineOf(record) {
  const isShard = record.shard_index !== null;
  const label = isShard
    ? `  shard ${record.shard_index + 1} of ${record.shard_total}`
    : record.graph_node_name;
  const place = placeOf(record.assigned_worker);
  const took = record.started_at
    ? seconds(
        (record.finished_at ? Date.parse(record.finished_at) : Date.now()) - Date.parse(record.started_at),
      )
    : '';
  const news = `  ${label.padEnd(16)} ${record.status.padEnd(11)} ${place.padEnd(12)}`;
  return { key: record.task_id, text: `${news} ${took}`.trimEnd(), news };
}

/** A parent whose shards ran here and there is on no worker of its own. */
function placeOf(worker) {
  if (!worker) return '';
  return worker === 'MULTI' ? 'in shards' : `on ${worker}`;
}

async function showResult(api, tasks, resultsDir) {
  const report = tasks.at(-1);
  const { result } = await api.result(report.task_id);
  const training = tasks[0];
  const [archive] = await api.files(training.task_id);
  const file = (...parts) => relative(process.cwd(), join(resultsDir, ...parts));
  say('done');
  console.log(`
  accuracy   ${(result.accuracy * 100).toFixed(2)} % (${result.correct} of ${result.total} digits that the model never saw)
  evaluated  in ${result.shards} shards
  result     ${file(report.task_id, 'responses.json')}
  model      ${file(training.task_id, archive.name)} (${archive.size} bytes)
`);
}

for (const [name, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(name, () => {
    if (family.finishing) {
      family.killAll();
      process.exit(code);
    }
    console.error(`\n${name}: stopping everything`);
    void family.finish(code);
  });
}

try {
  await main();
  await family.finish(0);
} catch (error) {
  if (!family.finishing) {
    console.error(`\nThe demo failed: ${error.message}`);
    if (orchestrator && !error.message.includes('Its last lines')) {
      console.error(`The orchestrator${lastWords(orchestrator).replace(/^\. I/, ', i')}`);
    }
    await family.finish(1);
  }
}
