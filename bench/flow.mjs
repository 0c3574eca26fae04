/**
 * Times of the two flows that tests only count: 40 chained stages on 4 instant workers, 500 tasks on 32.
 * Run by `npm run bench:flow` after `npm run build`; a private Redis, one service, one process of workers.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const MAIN = here('../dist/main.js');
const ROUNDS = Number(process.argv[2] ?? 5);
const DEADLINE_MS = 60_000;

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function until(what, look) {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}

async function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

function documentOf(name, deliverTo, shape) {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Task',
    metadata: { name },
    spec: {
      taskType: 'echo',
      resources: { replicas: 1, hardware: { cpu: 1, memory: '1GiB' } },
      output: { destination: { type: 'http', url: deliverTo } },
      ...shape,
    },
  });
}

/** Runs one document and gives milliseconds from its submission to the last TASK_ENDED. */
async function timed(url, redis, document) {
  const ended = new Set();
  const listener = (_channel, text) => {
    const event = JSON.parse(text);
    if (event.source === 'orchestrator' && event.type === 'TASK_ENDED') ended.add(event.task_id);
  };
  redis.on('message', listener);
  const started = performance.now();
  const answer = await fetch(`${url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: document,
  });
  if (answer.status !== 201) throw new Error(`submission answered ${answer.status}: ${await answer.text()}`);
  const { tasks } = await answer.json();
  await until('the last task to end', () => tasks.every((task) => ended.has(task.task_id)));
  const took = performance.now() - started;
  redis.off('message', listener);
  return took;
}

async function withWorkers(redisUrl, resultsDir, count, run) {
  const workers = Array.from({ length: count }, (_, index) => ({
    id: `bench-${count}-${index}`,
    variety: 'newer',
    heartbeatMs: 5_000,
  }));
  const argument = JSON.stringify({ redisUrl, resultsDir, workers });
  const child = spawn(process.execPath, [here('../test/simulator/main.mjs'), argument], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  let ready = false;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    if (ready) return;
    rest += text;
    ready = rest.includes('"event":"ready"');
  });
  try {
    await until('the workers to listen', () => ready);
    await run();
  } finally {
    await stop(child, 'SIGINT');
  }
}

function report(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  const ms = (value) => `${Math.round(value)} ms`;
  const median = sorted[Math.floor(sorted.length / 2)];
  console.log(
    `${what}: median ${ms(median)}, best ${ms(sorted[0])}, worst ${ms(sorted.at(-1))} of ${times.length}`,
  );
}

async function main() {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build` first');
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-bench-'));
  const [redisPort, port] = [await freePort(), await freePort()];
  const redisUrl = `redis://127.0.0.1:${redisPort}/0`;
  const url = `http://127.0.0.1:${port}`;
  const server = spawn(
    'redis-server',
    [
      '--port',
      String(redisPort),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      directory,
    ],
    { stdio: 'ignore' },
  );
  const redis = new Redis(redisUrl, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  const service = spawn(process.execPath, [MAIN], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      REDIS_URL: redisUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'WARNING',
      ORCHESTRATOR_RESULTS_DIR: join(directory, 'results'),
    },
  });
  try {
    await until('the service to be ready', () =>
      fetch(`${url}/readyz`).then(
        (answer) => answer.status === 200,
        () => service.exitCode !== null && Promise.reject(new Error('the service ended at its start')),
      ),
    );
    await redis.subscribe('tasks.events');
    const named = (count) => Array.from({ length: count }, (_, index) => ({ name: `n${index}` }));
    const results = `${url}/api/v1/results`;
    const workerResults = join(directory, 'workers');
    const chain = [];
    await withWorkers(redisUrl, workerResults, 4, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        chain.push(await timed(url, redis, documentOf('chain', results, { stages: named(40) })));
      }
    });
    report('40 chained stages on 4 workers', chain);
    const wide = [];
    await withWorkers(redisUrl, workerResults, 32, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        wide.push(await timed(url, redis, documentOf('wide', results, { graph: { nodes: named(500) } })));
      }
    });
    report('500 tasks on 32 workers', wide);
  } finally {
    redis.disconnect();
    await stop(service, 'SIGTERM');
    await stop(server, 'SIGTERM');
    await rm(directory, { recursive: true, force: true });
  }
}

await main();
