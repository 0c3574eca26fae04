/** What a queued task takes, in the process and in Redis, when all garbage is collected. */
import { setTimeout as sleep } from 'node:timers/promises';
import { wide } from '../lib/documents.mjs';
import { COLLECTING, memoryOf, metricsOf } from '../lib/memory.mjs';
import { enqueue } from '../lib/sides.mjs';
import { until } from '../lib/until.mjs';

const TASKS = { normal: 100_000, small: 2_000 };
/** What is there before is measured when everything has been used once. */
const WARM = 1_000;
const LOOK_EVERY_MS = 500;
const KIB = 1024;

/** Queues so many tasks that wait for a worker, and waits until the process has them all. */
async function queue(service, count, name, inAll) {
  await enqueue(`${service.url}/api/v1/tasks`, count, (nodes, index) => wide(`${name}-${index}`, nodes));
  await until('all tasks to be queued', async () => {
    await sleep(LOOK_EVERY_MS);
    return (await metricsOf(service))('orchestrator_queue_depth') === inAll;
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
    const service = await bench.service(redis, COLLECTING);
    await queue(service, WARM, 'warm', WARM);
    const before = await memoryOf({ service, redis });
    await queue(service, count, 'queued', WARM + count);
    const after = await memoryOf({ service, redis });
    const each = (name) => ({ ours: (after[name] - before[name]) / count });
    return { heap: each('heap'), resident: each('resident'), redis: each('redis') };
  },
};
