/** Times from one dispatch to the next: along a chain, and out to eight shards and back. */
import { p50, p99 } from '../lib/numbers.mjs';
import {
  askBullmq,
  eachOne,
  inTurn,
  insistOnOnce,
  oneForAll,
  PAUSE_MS,
  timed,
  withService,
} from '../lib/sides.mjs';

const CHAINS = { normal: { warm: 300, chains: 20 }, small: { warm: 1, chains: 2 } };
const SPREADS = { normal: { warm: 100, count: 200 }, small: { warm: 5, count: 10 } };
const STAGES = 40;
const SHARDS = 8;
const CHAIN_WORKERS = 4;
/** So many that eight are idle while those of the spread before may still say that they are. */
const SPREAD_WORKERS = 16;

export const hop = {
  name: 'hop',
  // An instant worker writes its result in no time, which a file on a disk does not allow.
  what: '40 stages in a chain, each given the result of the one before through memory, from one message to the next',
  peer: 'BullMQ, a job whose completion adds the next, from one start to the next, by 4 workers; by one that runs 4 jobs at once; by 4, of one flow, which the server hands on without an add',
  figures: {
    p50: { unit: 'ms', goal: { ratioAtMost: 2 } },
    'p50, one worker': { unit: 'ms' },
    'p50, flow': { unit: 'ms' },
  },
  async round(bench, { size, turn }) {
    const amount = { stages: STAGES, ...CHAINS[size] };
    const bullmq = async (by, fleet) =>
      (await askBullmq(bench, { do: 'chain', by, ...fleet, ...amount })).hops;
    const { ours, many, one, flow } = await inTurn(turn, {
      many: () => bullmq('adds', eachOne(CHAIN_WORKERS)),
      one: () => bullmq('adds', oneForAll(CHAIN_WORKERS)),
      flow: () => bullmq('flow', eachOne(CHAIN_WORKERS)),
      ours: () =>
        withService(bench, { workers: CHAIN_WORKERS, sharedStorage: 'in memory' }, async (side) => {
          const hops = await timed(side, 'hops', amount);
          await insistOnOnce(side, (amount.warm + amount.chains) * STAGES);
          return hops;
        }),
    });
    return {
      p50: { ours: p50(ours), peer: p50(many) },
      'p50, one worker': { ours: p50(ours), peer: p50(one) },
      'p50, flow': { ours: p50(ours), peer: p50(flow) },
    };
  },
};

export const fanOut = {
  name: 'fan-out',
  what: '8 shards, from POST to aggregate, instant workers, one at a time',
  peer: null,
  figures: { p50: { unit: 'ms', goal: { atMost: 15 } }, p99: { unit: 'ms' } },
  round(bench, { size }) {
    const amount = SPREADS[size];
    return withService(bench, { workers: SPREAD_WORKERS }, async (side) => {
      const times = await timed(side, 'spreads', { ...amount, shards: SHARDS, pauseMs: PAUSE_MS });
      await insistOnOnce(side, (amount.warm + amount.count) * SHARDS);
      return { p50: { ours: p50(times) }, p99: { ours: p99(times) } };
    });
  },
};
