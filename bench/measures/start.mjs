/** How long the service takes from the start of its process until it is ready, with nothing to do. */
import { fileURLToPath } from 'node:url';
import { p50 } from '../lib/numbers.mjs';
import { inTurn } from '../lib/sides.mjs';

const EMPTY = fileURLToPath(new URL('../peers/nest-empty.mjs', import.meta.url));
const TIMES = { normal: 5, small: 1 };

/** Milliseconds until it answers. It is killed then, since nothing of how it ends is measured. */
async function timed(starting) {
  const { tookMs, stop } = await starting;
  await stop('SIGKILL');
  return tookMs;
}

const empty = (bench) => timed(bench.server(EMPTY, { path: '/', status: 404 }));

async function service(bench, redis) {
  await redis.client.flushall(); // the lease of the one that was killed
  return timed(bench.service(redis));
}

export const start = {
  name: 'start',
  what: 'start of the process to ready, on an empty Redis',
  peer: 'an empty application of Nest, until it answers',
  figures: { p50: { unit: 'ms', goal: { ratioAtMost: 1.3 } } },
  async round(bench, { size, turn }) {
    const redis = await bench.redis();
    const times = { ours: [], peer: [] };
    for (let count = 0; count < TIMES[size]; count += 1) {
      const { ours, peer } = await inTurn(turn, {
        peer: () => empty(bench),
        ours: () => service(bench, redis),
      });
      times.ours.push(ours);
      times.peer.push(peer);
    }
    return { p50: { ours: p50(times.ours), peer: p50(times.peer) } };
  },
};
