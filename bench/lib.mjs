/** What the benches share: processes of their own on free loopback ports, gone when the bench ends, and their report. */
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
export const MAIN = here('../dist/main.js');
export const SIMULATOR = here('../test/simulator/main.mjs');
const DEADLINE_MS = 120_000;

export async function anotherPort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

export async function until(what, look) {
  const deadline = Date.now() + DEADLINE_MS;
  while (!(await look())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}

export async function stop(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

/** A document of one shape for all benches: small tasks that post what they made. */
export function documentOf(name, deliverTo, shape) {
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

export const named = (count) => Array.from({ length: count }, (_, index) => ({ name: `n${index}` }));

/** Registers a document; resolves with its tasks. */
export async function submit(url, document) {
  const answer = await fetch(`${url}/api/v1/tasks`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: document,
  });
  if (answer.status !== 201) throw new Error(`submission answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()).tasks;
}

/** Starts the service and waits until it is ready. */
export async function startService({ url, port, redisUrl, directory }) {
  const service = spawn(process.execPath, [MAIN], {
    cwd: directory,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      PATH: process.env.PATH,
      REDIS_URL: redisUrl,
      HOST: '127.0.0.1',
      PORT: String(port),
      LOG_LEVEL: 'ERROR',
      ORCHESTRATOR_RESULTS_DIR: join(directory, 'results'),
    },
  });
  await untilReady(url, service);
  return service;
}

export async function untilReady(url, service) {
  await until('the service to be ready', () =>
    fetch(`${url}/readyz`).then(
      (answer) => answer.status === 200,
      () => service.exitCode !== null && Promise.reject(new Error('the service ended at its start')),
    ),
  );
}

/** Runs a bench on a private Redis without persistence; everything is gone afterwards. */
export async function withRedis(run) {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: run `npm run build` first');
  const directory = await mkdtemp(join(tmpdir(), 'orchestrator-bench-'));
  const [redisPort, port] = [await anotherPort(), await anotherPort()];
  const redisUrl = `redis://127.0.0.1:${redisPort}/0`;
  const settings = { port: redisPort, bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn('redis-server', args, { stdio: 'ignore' });
  const redis = new Redis(redisUrl, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  await redis.ping();
  try {
    await run({ url: `http://127.0.0.1:${port}`, port, redisUrl, directory, redis });
  } finally {
    redis.disconnect();
    await stop(server, 'SIGTERM');
    await rm(directory, { recursive: true, force: true });
  }
}

const ms = (value) => `${Math.round(value)} ms`;
export const medianOf = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

export function report(what, times) {
  const sorted = [...times].sort((a, b) => a - b);
  console.log(
    `${what}: median ${ms(medianOf(times))}, best ${ms(sorted[0])}, worst ${ms(sorted.at(-1))} of ${times.length}`,
  );
}
