/** What a queued task takes, in the process and in Redis, when all garbage is collected. */
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../lib.mjs';
import { wide } from '../lib/documents.mjs';
import { enqueue } from '../lib/sides.mjs';

const COLLECTOR = new URL('../lib/collect-garbage.mjs', import.meta.url).href;
const TASKS = { normal: 100_000, small: 2_000 };
/** What is there before is measured when everything has been used once. */
const WARM = 1_000;
const SETTLE_MS = 500;
const KIB = 1024;

async function metrics(service) {
  const answer = await fetch(`${service.url}/metrics`);
  if (answer.status !== 200) throw new Error(`GET /metrics answered ${answer.status}`);
  const text = await answer.text();
  return (name) => {
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return Number(value);
  };
}

/** Bytes: of the heap and what hangs on it, of the whole process, of Redis. */
async function taken(service, redis) {
  for (let times = 0; times < 2; times += 1) {
    process.kill(service.pid, 'SIGUSR2');
    await sleep(SETTLE_MS);
  }
  const value = await metrics(service);
  const used = /^used_memory:(\d+)/m.exec(await redis.client.info('memory'))?.[1];
  return {
    heap: value('nodejs_heap_size_used_bytes') + value('nodejs_external_memory_bytes'),
    resident: value('process_resident_memory_bytes'),
    redis: Number(used),
  };
}

/** Queues so many tasks that wait for a worker, and waits until the process has them all. */
async function queue(service, count, name, inAll) {
  await enqueue(`${service.url}/api/v1/tasks`, count, (nodes, index) => wide(`${name}-${index}`, nodes));
  await until('all tasks to be queued', async () => {
    await sleep(SETTLE_MS);
    return (await metrics(service))('orchestrator_queue_depth') === inAll;
  });
}

export const memory = {
  name: 'memory',
  what: 'growth for each of 100,000 queued tasks, when all garbage is collected',
  peer: null,
  figures: {
    heap: { unit: 'B/task', goal: { atMost: KIB } },
    resident: { unit: 'B/task', goal: { atMost: KIB } },
    redis: { unit: 'B/task', goal: { atMost: 3 * KIB } },
  },
  async round(bench, { size }) {
    const count = TASKS[size];
    const redis = await bench.redis();
    const service = await bench.service(redis, { NODE_OPTIONS: `--import=${COLLECTOR}` });
    await queue(service, WARM, 'warm', WARM);
    const before = await taken(service, redis);
    await queue(service, count, 'queued', WARM + count);
    const after = await taken(service, redis);
    const each = (name) => ({ ours: (after[name] - before[name]) / count });
    return { heap: each('heap'), resident: each('resident'), redis: each('redis') };
  },
};
