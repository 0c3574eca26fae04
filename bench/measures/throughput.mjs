/**
 * How fast many tasks are done by 64 instant workers: tasks that are queued already, and tasks that keep coming. The
 * workers keep their results, as BullMQ's do: a thousand files a second would be most of the load.
 */
import { wide } from '../lib/documents.mjs';
import {
  askBullmq,
  eachOne,
  enqueue,
  inTurn,
  insistOnOnce,
  insistOnTasks,
  oneForAll,
  untilDone,
  withService,
} from '../lib/sides.mjs';
import { bareIntake, singles } from './intake.mjs';

const QUEUED = { normal: { warm: 30_000, count: 5_000 }, small: { warm: 200, count: 500 } };
const COMING = { normal: { warm: 10_000, count: 5_000 }, small: { warm: 100, count: 500 } };
const WORKERS = 64;

/** Milliseconds from the moment at which workers come until so many queued tasks are done, beside those done before. */
async function drained(side, count, before) {
  await side.fleet.leave();
  await enqueue(side.url, count, (nodes, index) => wide(`queued-${index}`, nodes));
  const from = performance.now();
  await side.fleet.add(WORKERS);
  await untilDone(side, before + count);
  return performance.now() - from;
}

export const backlog = {
  name: 'backlog',
  what: '5,000 queued tasks, then 64 instant workers come',
  peer: 'BullMQ, 5,000 queued jobs, then 64 workers; then one worker that runs 64 jobs at once',
  figures: { tasks: { unit: '/s', goal: { ratioAtLeast: 0.5 } }, 'tasks, one worker': { unit: '/s' } },
  async round(bench, { size, turn }) {
    const { warm, count } = QUEUED[size];
    const bullmq = async (fleet) =>
      (await askBullmq(bench, { do: 'backlog', warm, jobs: count, ...fleet })).perSecond;
    const { ours, many, one } = await inTurn(turn, {
      many: () => bullmq(eachOne(WORKERS)),
      one: () => bullmq(oneForAll(WORKERS)),
      ours: () =>
        withService(bench, { sharedStorage: false }, async (side) => {
          await drained(side, warm, 0);
          const took = await drained(side, count, warm);
          await insistOnOnce(side, warm + count);
          return (count / took) * 1_000;
        }),
    });
    return { tasks: { ours, peer: many }, 'tasks, one worker': { ours, peer: one } };
  },
};

/** Documents per second from the first POST until the last task is done. */
async function streamed(side, { warm, count }) {
  await singles(side.url, { count: warm });
  await untilDone(side, warm);
  const from = performance.now();
  await singles(side.url, { count });
  await untilDone(side, warm + count);
  return (count / (performance.now() - from)) * 1_000;
}

export const drain = {
  name: 'drain',
  what: '5,000 single documents from 16 clients while 64 instant workers run them, until the last is done',
  peer: "the bare handler's intake",
  figures: {
    documents: { unit: '/s', goal: { ratioAtLeast: 0.6 } },
    duplicates: { unit: '', goal: { atMost: 0 } },
  },
  async round(bench, { size, turn }) {
    const amount = COMING[size];
    const all = amount.warm + amount.count;
    let duplicates;
    const documents = await inTurn(turn, {
      peer: () => bareIntake(bench, amount),
      ours: () =>
        withService(bench, { workers: WORKERS, sharedStorage: false }, async (side) => {
          const perSecond = await streamed(side, amount);
          await insistOnTasks(side, all);
          ({ duplicates } = await side.fleet.counts());
          if (duplicates === 0) await insistOnOnce(side, all);
          return perSecond;
        }),
    });
    return { documents, duplicates: { ours: duplicates } };
  },
};
