/** Nothing may outlive a suite: a process that still runs, or a subscription that still listens, fails it. */
import type { Redis } from 'ioredis';
import { runningChildren } from './processes';
import { waitFor } from './wait';

/** Ends what the suite left running, and throws naming it. */
export async function failOnLeftProcesses(): Promise<void> {
  const left = runningChildren();
  for (const child of left) child.signal('SIGKILL');
  await Promise.all(left.map((child) => child.ended));
  if (left.length > 0) {
    throw new Error(
      `left running: ${left.map((child) => `${child.label} (${String(child.pid)})`).join(', ')}`,
    );
  }
}

/** Throws when someone still listens on a channel after services and workers have stopped. */
export async function failOnLeftSubscriptions(redis: Redis): Promise<void> {
  let left: unknown[] = [];
  const none = async (): Promise<boolean> => {
    left = await redis.pubsub('CHANNELS');
    return left.length === 0;
  };
  await waitFor('the last subscription to end', none, { withinMs: 2_000 }, () => `left: ${left.join(', ')}`);
}
