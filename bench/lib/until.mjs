/** Waiting for what can only be asked for. */
import { setTimeout as sleep } from 'node:timers/promises';

const DEADLINE_MS = 180_000;
const LOOK_EVERY_MS = 5;

/** Resolves once `look` gives true, to a few milliseconds; what it throws ends the wait. */
export async function until(what, look) {
  const deadline = performance.now() + DEADLINE_MS;
  while (!(await look())) {
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(LOOK_EVERY_MS);
  }
}
