/** How fast documents are taken: one task each, and 500 each. No workers. */
import { single, submission, wide } from '../lib/documents.mjs';
import { run } from '../lib/load.mjs';
import { inTurn, insistOnTasks, withService } from '../lib/sides.mjs';

const SINGLE = { normal: { warm: 3_000, count: 6_000 }, small: { warm: 100, count: 300 } };
const WIDE = { normal: { warm: 20, count: 100 }, small: { warm: 2, count: 6 } };
const CLIENTS = 16;
const NODES = 500;

/** Submits documents of one task each, to us or to the bare handler; gives documents per second. */
export const singles = (url, amount) =>
  run(url, { clients: CLIENTS, ...amount, request: (index) => submission(single(`task-${index}`)) });

/** Documents per second of the bare handler. */
export function bareIntake(bench, amount) {
  return bench.apart(async (own) => {
    const redis = await own.redis();
    const peer = await own.peer('express-intake', { redisUrl: redis.url });
    const perSecond = await singles(`${peer.url}/tasks`, amount);
    const kept = await redis.client.dbsize();
    if (kept !== amount.warm + amount.count) throw new Error(`the peer kept ${kept} documents`);
    return perSecond;
  });
}

export const intake = {
  name: 'intake',
  what: 'single-task YAML documents, 16 clients',
  peer: 'an Express handler that parses the YAML and writes one hash',
  figures: { documents: { unit: '/s', goal: { ratioAtLeast: 0.8 } } },
  async round(bench, { size, turn }) {
    const amount = SINGLE[size];
    const documents = await inTurn(turn, {
      peer: () => bareIntake(bench, amount),
      ours: () =>
        withService(bench, {}, async (side) => {
          const perSecond = await singles(side.url, amount);
          await insistOnTasks(side, amount.warm + amount.count);
          return perSecond;
        }),
    });
    return { documents };
  },
};

export const bulk = {
  name: 'bulk',
  what: 'YAML documents of 500 nodes, 4 clients',
  peer: null,
  figures: { tasks: { unit: '/s', goal: { atLeast: 10_000 } } },
  round(bench, { size }) {
    const amount = WIDE[size];
    return withService(bench, {}, async (side) => {
      const request = (index) => submission(wide(`bulk-${index}`, NODES));
      const perSecond = await run(side.url, { clients: 4, ...amount, request });
      await insistOnTasks(side, (amount.warm + amount.count) * NODES);
      return { tasks: { ours: perSecond * NODES } };
    });
  },
};
