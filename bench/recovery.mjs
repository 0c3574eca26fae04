/**
 * How long a service that was killed takes until it is ready again, with nothing to do and with 100,000 open tasks.
 * Run by `npm run bench:recovery` after `npm run build`; a private Redis, no workers.
 */
import { documentOf, medianOf, named, report, startService, stop, submit, withRedis } from './lib.mjs';

const TASKS = Number(process.argv[2] ?? 100_000);
const ROUNDS = Number(process.argv[3] ?? 5);
const PER_DOCUMENT = 5_000;
/** The lease of the one before runs out first; what is measured is what comes after it. */
const LEASE = 'orch:leader';

async function restarts(place) {
  const times = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await place.redis.del(LEASE);
    const started = performance.now();
    const service = await startService(place);
    times.push(performance.now() - started);
    await stop(service, 'SIGKILL');
  }
  return times;
}

await withRedis(async (place) => {
  const empty = await restarts(place);
  report('start without tasks', empty);
  const service = await startService(place);
  for (let left = TASKS; left > 0; left -= PER_DOCUMENT) {
    const nodes = named(Math.min(left, PER_DOCUMENT));
    await submit(place.url, documentOf('open', `${place.url}/api/v1/results`, { graph: { nodes } }));
  }
  await stop(service, 'SIGKILL');
  const full = await restarts(place);
  report(`start with ${TASKS} open tasks`, full);
  console.log(
    `rebuilding them: ${Math.round(medianOf(full) - medianOf(empty))} ms, ${(medianOf(full) / medianOf(empty)).toFixed(1)} times the empty start`,
  );
});
