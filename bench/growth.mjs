/**
 * How intake, dispatch and memory grow with the tasks that are queued and with the workers that are registered.
 * Part of `npm run bench`; no goals, but curves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { single, YAML } from './lib/documents.mjs';
import { run } from './lib/load.mjs';
import { p50 } from './lib/numbers.mjs';
import { untilDone, withService } from './lib/sides.mjs';
import { dispatchTimes, enqueueUnfit } from './measures/dispatch.mjs';

const SIZES = {
  normal: {
    tasks: [1_000, 10_000, 100_000],
    workers: [10, 100, 1_000],
    warm: 2_000,
    intake: 2_000,
    dispatch: { warm: 200, count: 500 },
  },
  small: {
    tasks: [100, 1_000],
    workers: [10, 100],
    warm: 50,
    intake: 50,
    dispatch: { warm: 10, count: 30 },
  },
};
const WORKERS = 50;
/** Sorted set of the tasks that wait for a worker. */
const QUEUED = 'orch:tasks:PENDING';
const CLIENTS = 16;
const MIB = 1024 ** 2;
const COLLECTOR = new URL('./lib/collect-garbage.mjs', import.meta.url).href;
/** So that what is left of the garbage is none. */
const CALM_MS = 500;

/** Documents per second from 16 clients, of tasks that fit nobody and so stay queued. */
async function intakeOf({ url }, count) {
  const body = (index) => single(`unfit-${index}`, { cpu: 64 });
  return (await run({ url, clients: CLIENTS, count, headers: YAML, body })).perSecond;
}

/** Tasks that are run and done, so that code is compiled and the queue is empty when it begins. */
async function warmUp(side, { warm, dispatch }) {
  const body = (index) => single(`warm-${index}`);
  await run({ url: side.url, clients: CLIENTS, count: warm, headers: YAML, body });
  await untilDone(side, warm);
  await dispatchTimes(side, dispatch);
}

/** MiB that are in use in the process, once garbage is collected, and in Redis. */
async function memoryOf({ service, redis }) {
  for (let times = 0; times < 2; times += 1) {
    process.kill(service.pid, 'SIGUSR2');
    await sleep(CALM_MS);
  }
  const metrics = await fetch(`${service.url}/metrics`).then((answer) => answer.text());
  const value = (name) => Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(metrics)[1]);
  const heap = value('nodejs_heap_size_used_bytes') + value('nodejs_external_memory_bytes');
  const used = Number(/^used_memory:(\d+)/m.exec(await redis.client.info('memory'))[1]);
  return { heap: heap / MIB, redis: used / MIB };
}

/** What is measured at one point of a curve. */
async function pointOf(side, at, { intake, dispatch }) {
  const memory = await memoryOf(side);
  const dispatched = p50(await dispatchTimes(side, dispatch));
  const documents = await intakeOf(side, intake);
  return { at, documents, dispatched, ...memory };
}

const curvesOf = (points) =>
  [
    ['documents', 'intake', 'documents/s'],
    ['dispatched', 'dispatch p50', 'ms'],
    ['heap', 'service', 'MiB'],
    ['redis', 'Redis', 'MiB'],
  ].map(([key, title, unit]) => ({
    title,
    unit,
    points: points.map((point) => [point.at, Number(point[key].toPrecision(4))]),
  }));

/** With what memory needs to be measured, and no message unheard. */
const withWarmService = (bench, workers, amounts, use) =>
  withService(bench, { workers, env: { NODE_OPTIONS: `--import=${COLLECTOR}` } }, async (side) => {
    await warmUp(side, amounts);
    return use(side);
  });

/** One service whose queue is filled up from point to point; what intake adds counts. */
function overTasks(bench, { tasks, ...amounts }) {
  return withWarmService(bench, WORKERS, amounts, async (side) => {
    const points = [];
    for (const at of tasks) {
      await enqueueUnfit(side.url, at - (await side.redis.client.zcard(QUEUED)));
      points.push(await pointOf(side, at, amounts));
    }
    return points;
  });
}

/** A service for each point, with nothing in its queue. */
async function overWorkers(bench, { workers, ...amounts }) {
  const points = [];
  for (const at of workers) {
    points.push(await withWarmService(bench, at, amounts, (side) => pointOf(side, at, amounts)));
  }
  return points;
}

/** @param {import('./lib/bench.mjs').Bench} bench @param {{ size: 'normal' | 'small' }} options */
export async function growth(bench, { size }) {
  const amounts = SIZES[size];
  return [
    { name: 'tasks', over: 'queued tasks', curves: curvesOf(await overTasks(bench, amounts)) },
    { name: 'workers', over: 'registered workers', curves: curvesOf(await overWorkers(bench, amounts)) },
  ];
}
