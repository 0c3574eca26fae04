/**
 * How long nobody schedules after the replica that did so was killed, and after it was stopped.
 * Run by `npm run bench:handover` after `npm run build`; a private Redis, two replicas, no workers.
 */
import { Bench } from './lib/bench.mjs';
import { until } from './lib/until.mjs';
import { report } from './report/times.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);

async function leads({ url }) {
  const { details } = await fetch(`${url}/readyz`).then(
    (answer) => answer.json(),
    () => ({}),
  );
  return details?.scheduling?.message?.startsWith('leading') === true;
}

/** Milliseconds from the end of the leader to the next replica that has rebuilt the state and schedules. */
async function handover(bench, redis, signal) {
  const leader = await bench.service(redis);
  await until('the first replica to lead', () => leads(leader));
  const follower = await bench.service(redis);
  const from = performance.now();
  const gone = leader.stop(signal);
  await until('the second replica to lead', () => leads(follower));
  const took = performance.now() - from;
  await gone;
  await follower.stop('SIGTERM');
  return took;
}

await Bench.run(async (bench) => {
  const redis = await bench.redis();
  for (const [what, signal] of [
    ['after kill -9', 'SIGKILL'],
    ['after SIGTERM', 'SIGTERM'],
  ]) {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await handover(bench, redis, signal));
    report(`another replica schedules ${what}`, times);
  }
});
