/** How long the service takes from the start of its process until it is ready, with nothing to do. */
import { fileURLToPath } from 'node:url';
import { anotherPort, MAIN, until } from '../lib.mjs';
import { end, start as launch } from '../lib/child.mjs';
import { p50 } from '../lib/numbers.mjs';
import { inTurn } from '../lib/sides.mjs';

const EMPTY = fileURLToPath(new URL('../peers/nest-empty.mjs', import.meta.url));
const TIMES = { normal: 5, small: 1 };

/**
 * Milliseconds from the start of a process to its first answer with this status, asked for in the same way of both. It
 * is killed then, since nothing of how it ends is measured.
 */
async function timed(bench, { args, env, url, status }) {
  const begun = performance.now();
  const child = launch(process.execPath, args, {
    cwd: bench.directory,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  try {
    await until(`an answer of ${url}`, () =>
      fetch(url).then(
        (answer) => answer.status === status,
        () => child.exitCode !== null && Promise.reject(new Error(`what should serve ${url} ended`)),
      ),
    );
    return performance.now() - begun;
  } finally {
    await end(child, 'SIGKILL');
  }
}

async function empty(bench) {
  const port = await anotherPort();
  const args = [EMPTY, JSON.stringify({ port })];
  return timed(bench, { args, env: {}, url: `http://127.0.0.1:${port}/`, status: 404 });
}

async function service(bench, redis) {
  await redis.client.flushall(); // the lease of the one that was killed
  const port = await anotherPort();
  const env = {
    REDIS_URL: redis.url,
    HOST: '127.0.0.1',
    PORT: String(port),
    LOG_LEVEL: 'ERROR',
    ORCHESTRATOR_RESULTS_DIR: bench.resultsDir,
  };
  return timed(bench, { args: [MAIN], env, url: `http://127.0.0.1:${port}/readyz`, status: 200 });
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
