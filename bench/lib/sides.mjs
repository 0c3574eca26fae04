/** The two sides of a comparison, one after the other, and the service with all that surrounds it. */
import { submit } from './submit.mjs';
import { until } from './until.mjs';

/** Sorted sets of task ids in the service's Redis: all, and those that are done. */
const TASKS = 'orch:tasks';
const DONE = 'orch:tasks:DONE';
const PER_DOCUMENT = 500;

/** Runs the sides in turn; which is first changes with every round. Gives what each gave, by its name. */
export async function inTurn(turn, sides) {
  const names = Object.keys(sides);
  if (turn % 2 === 1) names.reverse();
  const gave = {};
  for (const name of names) gave[name] = await sides[name]();
  return gave;
}

/**
 * Runs with a Redis, the service on it, and its workers.
 * @param {import('./bench.mjs').Bench} bench
 * @param {{ workers?: number, sharedStorage?: boolean | 'in memory', env?: Record<string, string> }} options
 *   `sharedStorage`: results that are not posted lie where the service sees them; else the workers keep them
 */
export function withService(bench, { workers = 0, sharedStorage = true, env }, use) {
  const side = async (own) => {
    const redis = await own.redis();
    const service = await own.service(redis, env);
    const fleet = await own.fleet(redis, { count: workers, ...(sharedStorage ? {} : { resultsDir: null }) });
    return use({ bench: own, redis, service, fleet, url: `${service.url}/api/v1/tasks` });
  };
  return bench.apart(side, { inMemory: sharedStorage === 'in memory' });
}

/** Between two documents that are timed: what follows the end of the first is over then, on either side. */
export const PAUSE_MS = 2;

/** Milliseconds of each, timed by a client in the workers' process. @param what a function of bench/fleet/client.mjs */
export const timed = ({ fleet, url }, what, amounts) => fleet.time(what, { url, ...amounts });

/** What BullMQ answers to one command, on a Redis of its own. */
export const askBullmq = (bench, command) =>
  bench.apart(async (own) => {
    const { port } = await own.redis();
    const bullmq = await own.peer('bullmq', { redisPort: port });
    return bullmq.ask(command);
  });

/** Workers of BullMQ as ours are: each runs one job at a time. */
export const eachOne = (workers) => ({ workers, concurrency: 1 });

/** The leanest that BullMQ has: one worker, whose jobs share its connection and its calls. */
export const oneForAll = (concurrency) => ({ workers: 1, concurrency });

/** Waits until so many tasks are done; to a few milliseconds, so for many tasks only. Nobody asks while they run. */
export async function untilDone({ fleet, redis }, count) {
  await fleet.ran(count);
  await until(`${count} tasks to be done`, async () => (await redis.client.zcard(DONE)) >= count);
}

/** Submits so many tasks, in documents of 500. `documentOf(count, index)` gives each. */
export async function enqueue(url, count, documentOf) {
  for (let left = count, index = 0; left > 0; left -= PER_DOCUMENT, index += 1) {
    await submit(url, documentOf(Math.min(left, PER_DOCUMENT), index));
  }
}

/** Throws unless the service holds exactly so many tasks. */
export async function insistOnTasks({ redis }, count) {
  const found = await redis.client.zcard(TASKS);
  if (found !== count) throw new Error(`${count} tasks were submitted, ${found} are there`);
}

/** Throws unless each of so many tasks was sent exactly once, to a worker that was free, and succeeded. */
export async function insistOnOnce({ fleet }, count) {
  const counts = await fleet.counts();
  const { messages, tasks, overlaps, failures } = counts;
  if (messages !== count || tasks !== count || overlaps > 0 || failures > 0) {
    throw new Error(`${count} tasks were to be run once each, the workers saw ${JSON.stringify(counts)}`);
  }
}
