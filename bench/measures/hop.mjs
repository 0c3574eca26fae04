/** Times from one dispatch to the next: along a chain, and out to eight shards and back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { chain, sharded } from '../lib/documents.mjs';
import { submitting } from '../lib/load.mjs';
import { p50, p99 } from '../lib/numbers.mjs';
import { askBullmq, inTurn, insistOnOnce, withService } from '../lib/sides.mjs';

const CHAINS = { normal: { warm: 75, chains: 20 }, small: { warm: 1, chains: 2 } };
const SPREADS = { normal: { warm: 100, count: 200 }, small: { warm: 5, count: 10 } };
const STAGES = 40;
const SHARDS = 8;
const CHAIN_WORKERS = 4;
/** So many that eight are idle while those of the spread before may still say that they are. */
const SPREAD_WORKERS = 16;
const PAUSE_MS = 2;

function chainHops({ url, ears }, { warm, chains }) {
  return submitting(url, async (submit) => {
    const hops = [];
    for (let index = 0; index < warm + chains; index += 1) {
      const tasks = await submit(chain(`chain-${index}`, STAGES));
      await ears.done(tasks.at(-1).task_id);
      const sent = tasks.map((task) => ears.dispatched.get(task.task_id));
      if (index >= warm) hops.push(...sent.slice(1).map((at, hop) => at - sent[hop]));
    }
    return hops;
  });
}

export const hop = {
  name: 'hop',
  // An instant worker writes its result in no time, which a file on a disk does not allow.
  what: '40 stages in a chain, each given the result of the one before through memory, from one message to the next',
  peer: 'BullMQ, a job whose completion adds the next, from one start to the next',
  figures: { p50: { unit: 'ms', goal: { ratioAtMost: 2 } } },
  async round(bench, { size, turn }) {
    const amount = CHAINS[size];
    const { ours, peer } = await inTurn(turn, {
      peer: async () => (await askBullmq(bench, { do: 'chain', stages: STAGES, ...amount })).hops,
      ours: () =>
        withService(bench, { workers: CHAIN_WORKERS, sharedStorage: 'in memory' }, async (side) => {
          const hops = await chainHops(side, amount);
          await insistOnOnce(side, (amount.warm + amount.chains) * STAGES);
          return hops;
        }),
    });
    return { p50: { ours: p50(ours), peer: p50(peer) } };
  },
};

/** Milliseconds from the POST of a document to the end of its task, whose shards are put together by then. */
function spreadTimes({ url, ears }, { warm, count }) {
  return submitting(url, async (submit) => {
    const times = [];
    for (let index = 0; index < warm + count; index += 1) {
      ears.reset();
      const from = performance.now();
      const [{ task_id: taskId }] = await submit(sharded(`spread-${index}`, SHARDS));
      const done = await ears.done(taskId);
      if (ears.dispatched.size !== SHARDS) throw new Error(`it was cut into ${ears.dispatched.size}`);
      if (index >= warm) times.push(done - from);
      await sleep(PAUSE_MS);
    }
    return times;
  });
}

export const fanOut = {
  name: 'fan-out',
  what: '8 shards, from POST to aggregate, instant workers, one at a time',
  peer: null,
  figures: { p50: { unit: 'ms', goal: { atMost: 15 } }, p99: { unit: 'ms' } },
  round(bench, { size }) {
    const amount = SPREADS[size];
    return withService(bench, { workers: SPREAD_WORKERS }, async (side) => {
      const times = await spreadTimes(side, amount);
      await insistOnOnce(side, (amount.warm + amount.count) * SHARDS);
      return { p50: { ours: p50(times) }, p99: { ours: p99(times) } };
    });
  },
};
