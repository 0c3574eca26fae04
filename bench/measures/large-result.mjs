/** How long one large result takes to come in and to go out again, and how much memory that takes. */
import { tasksInFlight } from '../lib/holders.mjs';
import { BYTES, digestOf, lengthOf, post, putAsFile, read, resultOf } from '../lib/large-result.mjs';
import { MIB } from '../lib/numbers.mjs';
import { growthWhile } from '../lib/resident.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

const NAME = 'responses.json';

async function secondsOf(work) {
  const from = performance.now();
  await work();
  return (performance.now() - from) / 1_000;
}

export const largeResult = {
  name: 'large-result',
  what: 'one result of 500 MiB for a task in flight: posted, its JSON checked on the way, and served',
  peer: 'an Express handler that streams the body to disk with its SHA-256, unread, and fsyncs; `send` in one',
  figures: {
    posted: { unit: 's' },
    served: { unit: 's', goal: { ratioAtMost: 1.25 } },
    resident: { unit: 'MiB', goal: { atMost: 64 } },
  },
  async round(bench, { size, turn }) {
    const pieces = resultOf(BYTES[size]);
    const [bytes, digest] = [lengthOf(pieces), digestOf(pieces)];
    let resident;
    const { ours, peer } = await inTurn(turn, {
      peer: () =>
        bench.apart(async (own) => {
          const { url } = await own.peer('express-files', { directory: own.directory });
          return {
            posted: await secondsOf(() => putAsFile(`${url}/${NAME}`, pieces, digest)),
            served: await secondsOf(() => read(`${url}/${NAME}`, bytes, digest, 0)),
          };
        }),
      ours: () =>
        withService(bench, {}, async (side) => {
          const { service } = side;
          const [task] = await tasksInFlight(side, 1);
          const results = `${service.url}/api/v1/results`;
          const took = {};
          resident = await growthWhile(service.pid, async () => {
            took.posted = await secondsOf(() => post(results, pieces, task));
            took.served = await secondsOf(() => read(`${results}/${task.taskId}`, bytes, digest));
          });
          return took;
        }),
    });
    return {
      posted: { ours: ours.posted, peer: peer.posted },
      served: { ours: ours.served, peer: peer.served },
      resident: { ours: resident / MIB },
    };
  },
};
