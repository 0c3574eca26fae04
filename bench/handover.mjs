/**
 * How long nobody schedules after the replica that did so was killed, and after it was stopped.
 * Run by `npm run bench:handover` after `npm run build`; a private Redis, two replicas, no workers.
 */
import { anotherPort, report, startService, stop, until, withRedis } from './lib.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);

async function leads({ url }) {
  const { details } = await fetch(`${url}/readyz`).then(
    (answer) => answer.json(),
    () => ({}),
  );
  return details?.scheduling?.message?.startsWith('leading') === true;
}

/** Milliseconds from the end of the leader to the next replica that has rebuilt the state and schedules. */
async function handover(places, signal) {
  const [first, second] = places;
  const leader = await startService(first);
  await until('the first replica to lead', () => leads(first));
  const follower = await startService(second);
  const from = performance.now();
  const gone = stop(leader, signal);
  await until('the second replica to lead', () => leads(second));
  const took = performance.now() - from;
  await gone;
  await stop(follower, 'SIGTERM');
  return took;
}

await withRedis(async (place) => {
  const port = await anotherPort();
  const other = { ...place, port, url: `http://127.0.0.1:${port}` };
  for (const [what, signal] of [
    ['after kill -9', 'SIGKILL'],
    ['after SIGTERM', 'SIGTERM'],
  ]) {
    const times = [];
    for (let round = 0; round < ROUNDS; round += 1) times.push(await handover([place, other], signal));
    report(`another replica schedules ${what}`, times);
  }
});
