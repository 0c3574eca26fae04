/**
 * How long a service that was killed takes until it is ready again, with nothing to do and with 100,000 open tasks.
 * Run by `npm run bench:recovery` after `npm run build`; a private Redis, no workers.
 */
import { Bench } from './lib/bench.mjs';
import { wide } from './lib/documents.mjs';
import { p50 } from './lib/numbers.mjs';
import { enqueue } from './lib/sides.mjs';
import { report } from './report/times.mjs';

const TASKS = Number(process.argv[2] ?? 100_000);
const ROUNDS = Number(process.argv[3] ?? 5);
/** The lease of the one before runs out first; what is measured is what comes after it. */
const LEASE = 'orch:leader';

async function restarts(bench, redis) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await redis.client.del(LEASE);
    const service = await bench.service(redis);
    times.push(service.tookMs);
    await service.stop('SIGKILL');
  }
  return times;
}

await Bench.run(async (bench) => {
  const redis = await bench.redis();
  const empty = await restarts(bench, redis);
  report('start without tasks', empty);
  const service = await bench.service(redis);
  const output = { destination: `${service.url}/api/v1/results` };
  await enqueue(`${service.url}/api/v1/tasks`, TASKS, (nodes) => wide('open', nodes, output));
  await service.stop('SIGKILL');
  const full = await restarts(bench, redis);
  report(`start with ${TASKS} open tasks`, full);
  console.log(
    `rebuilding them: ${Math.round(p50(full) - p50(empty))} ms, ${(p50(full) / p50(empty)).toFixed(1)} times the empty start`,
  );
});
