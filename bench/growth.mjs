/**
 * How intake, dispatch and memory grow with the tasks that are queued and with the workers that are registered.
 * Part of `npm run bench`; no goals, but curves.
 */
import { single, submission } from './lib/documents.mjs';
import { run } from './lib/load.mjs';
import { COLLECTING, memoryOf } from './lib/memory.mjs';
import { MIB, p50 } from './lib/numbers.mjs';
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

/** Documents per second from 16 clients, of tasks that fit nobody and so stay queued. */
function intakeOf({ url }, count) {
  const request = (index) => submission(single(`unfit-${index}`, { cpu: 64 }));
  return run(url, { clients: CLIENTS, count, request });
}

/** Tasks that are run and done, so that code is compiled and the queue is empty when it begins. */
async function warmUp(side, { warm, dispatch }) {
  const request = (index) => submission(single(`warm-${index}`));
  await run(side.url, { clients: CLIENTS, count: warm, request });
  await untilDone(side, warm);
  await dispatchTimes(side, dispatch);
}

/** What is measured at one point of a curve. */
async function pointOf(side, at, { intake, dispatch }) {
  const { heap, redis } = await memoryOf(side);
  const dispatched = p50(await dispatchTimes(side, dispatch));
  const documents = await intakeOf(side, intake);
  return { at, documents, dispatched, heap: heap / MIB, redis: redis / MIB };
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
  withService(bench, { workers, sharedStorage: false, env: COLLECTING }, async (side) => {
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
