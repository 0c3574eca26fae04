/**
 * What BullMQ needs for the same: it adds and runs jobs in one process, so that no time is lost between two. Jobs do
 * nothing, and carry as much as a small task's document. `{redisPort}`
 *
 * Commands: `{do:'dispatch', warm, count, pauseMs}`, `{do:'chain', by, warm, chains, stages}`, `{do:'backlog', warm, jobs}`,
 * each with `workers` and `concurrency`: how many there are, and how many jobs each runs at once.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FlowProducer, Queue, Worker } from 'bullmq';
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

/** Runs with workers; `begun` and `completed` are told of each job. */
async function withWorkers(name, { workers, concurrency, begun, completed }, use) {
  const run = async () => {
    begun?.(performance.now());
    return { ok: true };
  };
  const all = Array.from({ length: workers }, () => {
    const worker = new Worker(name, run, { connection, concurrency });
    worker.on('error', (error) => console.error(error));
    worker.on('completed', () => void completed(performance.now()));
    return worker;
  });
  try {
    return await use();
  } finally {
    await Promise.all(all.map((worker) => worker.close()));
  }
}

/** Milliseconds from add to the start of the job, one at a time on idle workers. */
function dispatch({ warm, count, pauseMs, ...fleet }) {
  return withQueue('dispatch', (queue) => {
    let begun;
    let finish;
    const hooks = { begun: (at) => (begun = at), completed: () => finish() };
    return withWorkers('dispatch', { ...hooks, ...fleet }, async () => {
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

/** What makes a chain: jobs each of which is added when the one before has completed, or one flow. */
const CHAINS = {
  adds(queue) {
    const add = () => queue.add('job', data);
    return { start: add, next: add, close: () => {} };
  },
  flow(queue, stages) {
    const flows = new FlowProducer({ connection });
    let tree = { name: 'job', queueName: queue.name, data };
    for (let stage = 1; stage < stages; stage += 1) tree = { ...tree, children: [tree] };
    return { start: () => flows.add(tree), next: () => {}, close: () => flows.close() };
  },
};

/** Milliseconds from the start of one job of a chain to the start of the next. `by`: `adds` or `flow` */
function chain({ by, warm, chains, stages, ...fleet }) {
  return withQueue('chain', async (queue) => {
    const links = CHAINS[by](queue, stages);
    let begun = [];
    let finish;
    const completed = () => (begun.length < stages ? links.next() : finish());
    const hooks = { begun: (at) => begun.push(at), completed };
    try {
      return await withWorkers('chain', { ...hooks, ...fleet }, async () => {
        const hops = [];
        for (let index = 0; index < warm + chains; index += 1) {
          begun = [];
          const done = new Promise((resolve) => (finish = resolve));
          await links.start();
          await done;
          if (index >= warm) hops.push(...begun.slice(1).map((at, hop) => at - begun[hop]));
        }
        return { hops };
      });
    } finally {
      await links.close();
    }
  });
}

async function drained(queue, jobs, fleet) {
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
  return withWorkers(queue.name, { completed, ...fleet }, async () => (await done) - from);
}

/** Jobs per second from the moment workers come to queued jobs until the last has completed. */
function backlog({ warm, jobs, ...fleet }) {
  return withQueue('backlog', async (queue) => {
    await drained(queue, warm, fleet);
    return { perSecond: (jobs / (await drained(queue, jobs, fleet))) * 1_000 };
  });
}

serve({}, { dispatch, chain, backlog });
