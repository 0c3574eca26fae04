/**
 * From the POST of a document to its message on the wire, one at a time on idle workers: alone, and in a crowd. The workers
 * keep their results, as BullMQ's do: what is timed is over before there is one.
 */
import { wide } from '../lib/documents.mjs';
import { p50, p99 } from '../lib/numbers.mjs';
import {
  askBullmq,
  eachOne,
  enqueue,
  inTurn,
  insistOnOnce,
  oneForAll,
  PAUSE_MS,
  timed,
  withService,
} from '../lib/sides.mjs';

const AMOUNT = { normal: { warm: 3_000, count: 1_000 }, small: { warm: 20, count: 50 } };
const CROWD = { normal: { workers: 1_000, tasks: 10_000 }, small: { workers: 100, tasks: 1_000 } };
const WORKERS = 50;
const SHAPES = 10;

/** Milliseconds from POST to message of each document. */
export const dispatchTimes = (side, amount) => timed(side, 'dispatches', { ...amount, pauseMs: PAUSE_MS });

/** Tasks for which no worker is large enough, of ten shapes. */
export const enqueueUnfit = (url, count) =>
  enqueue(url, count, (nodes, index) => wide(`unfit-${index}`, nodes, { cpu: 64 + (index % SHAPES) }));

const alone = (bench, amount) =>
  withService(bench, { workers: WORKERS, sharedStorage: false }, async (side) => {
    const times = await dispatchTimes(side, amount);
    await insistOnOnce(side, amount.warm + amount.count);
    return times;
  });

export const dispatch = {
  name: 'dispatch',
  what: 'POST to message on the wire, 50 idle workers, one at a time',
  peer: "BullMQ, from add to a job's start, by 50 workers; by one worker that runs 50 jobs at once",
  figures: {
    p50: { unit: 'ms', goal: { ratioAtMost: 2 } },
    'p50, one worker': { unit: 'ms' },
    p99: { unit: 'ms', goal: { atMost: 10 } },
  },
  async round(bench, { size, turn }) {
    const amount = AMOUNT[size];
    const bullmq = async (fleet) =>
      (await askBullmq(bench, { do: 'dispatch', pauseMs: PAUSE_MS, ...fleet, ...amount })).times;
    const { ours, many, one } = await inTurn(turn, {
      many: () => bullmq(eachOne(WORKERS)),
      one: () => bullmq(oneForAll(WORKERS)),
      ours: () => alone(bench, amount),
    });
    return {
      p50: { ours: p50(ours), peer: p50(many) },
      'p50, one worker': { ours: p50(ours), peer: p50(one) },
      p99: { ours: p99(ours), peer: p99(many) },
    };
  },
};

export const width = {
  name: 'width',
  what: 'dispatch with 1,000 workers and 10,000 queued tasks that fit nobody',
  peer: 'our own dispatch with 50 workers and no queue',
  figures: { p50: { unit: 'ms', goal: { ratioAtMost: 1.3 } } },
  async round(bench, { size, turn }) {
    const amount = AMOUNT[size];
    const crowd = CROWD[size];
    const { ours, peer } = await inTurn(turn, {
      peer: () => alone(bench, amount),
      ours: () =>
        withService(bench, { workers: crowd.workers, sharedStorage: false }, async (side) => {
          await enqueueUnfit(side.url, crowd.tasks);
          const times = await dispatchTimes(side, amount);
          await insistOnOnce(side, amount.warm + amount.count);
          return times;
        }),
    });
    return { p50: { ours: p50(ours), peer: p50(peer) } };
  },
};
