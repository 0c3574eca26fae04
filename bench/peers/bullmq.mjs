/**
 * What BullMQ needs for the same: it adds and runs jobs in one process, so that no time is lost between two. Jobs do
 * nothing, and carry as much as a small task's document. `{redisPort}`
 *
 * Commands: `{do:'dispatch', concurrency, warm, count}`, `{do:'chain', warm, chains, stages}`,
 * `{do:'backlog', warm, jobs, concurrency}`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { Queue, Worker } from 'bullmq';
import { serve, settings } from '../lib/steering.mjs';

const connection = { host: '127.0.0.1', port: settings.redisPort };
const data = {
  apiVersion: 'v1',
  kind: 'Task',
  metadata: { name: 'bench' },
  spec: {
    taskType: 'echo',
    resources: { replicas: 1, hardware: { cpu: 1, memory: '1GiB' } },
    echo: 'Hello from bench',
  },
};

async function withQueue(name, use) {
  const queue = new Queue(name, { connection });
  await queue.waitUntilReady();
  try {
    return await use(queue);
  } finally {
    await queue.close();
  }
}

/** Runs with a worker; `begun` and `completed` are told of each job. */
async function withWorker(name, { concurrency, begun, completed }, use) {
  const run = async () => {
    begun?.(performance.now());
    return { ok: true };
  };
  const worker = new Worker(name, run, { connection, concurrency });
  worker.on('error', (error) => console.error(error));
  if (completed !== undefined) worker.on('completed', () => void completed(performance.now()));
  try {
    return await use();
  } finally {
    await worker.close();
  }
}

/** Milliseconds from add to the start of the job, one at a time on an idle worker. */
function dispatch({ concurrency, warm, count, pauseMs }) {
  return withQueue('dispatch', (queue) => {
    let begun;
    let finish;
    const hooks = { concurrency, begun: (at) => (begun = at), completed: () => finish() };
    return withWorker('dispatch', hooks, async () => {
      const times = [];
      for (let index = 0; index < warm + count; index += 1) {
        const done = new Promise((resolve) => (finish = resolve));
        const from = performance.now();
        await queue.add('job', data);
        await done;
        if (index >= warm) times.push(begun - from);
        await sleep(pauseMs);
      }
      return { times };
    });
  });
}

/** Milliseconds from the start of one job to the start of the next, which is added when the first has completed. */
function chain({ warm, chains, stages }) {
  return withQueue('chain', (queue) => {
    let begun = [];
    let finish;
    const completed = async () => {
      if (begun.length < stages) await queue.add('job', data);
      else finish();
    };
    return withWorker('chain', { concurrency: 4, begun: (at) => begun.push(at), completed }, async () => {
      const hops = [];
      for (let index = 0; index < warm + chains; index += 1) {
        begun = [];
        const done = new Promise((resolve) => (finish = resolve));
        await queue.add('job', data);
        await done;
        if (index >= warm) hops.push(...begun.slice(1).map((at, hop) => at - begun[hop]));
      }
      return { hops };
    });
  });
}

async function drained(queue, jobs, concurrency) {
  const PART = 500;
  for (let left = jobs; left > 0; left -= PART) {
    await queue.addBulk(Array.from({ length: Math.min(left, PART) }, () => ({ name: 'job', data })));
  }
  let left = jobs;
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const completed = (at) => {
    left -= 1;
    if (left === 0) finish(at);
  };
  const from = performance.now();
  return withWorker(queue.name, { concurrency, completed }, async () => (await done) - from);
}

/** Jobs per second from the moment a worker comes to queued jobs until the last has completed. */
function backlog({ warm, jobs, concurrency }) {
  return withQueue('backlog', async (queue) => {
    await drained(queue, warm, concurrency);
    return { perSecond: (jobs / (await drained(queue, jobs, concurrency))) * 1_000 };
  });
}

serve({}, { dispatch, chain, backlog });
