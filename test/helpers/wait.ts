/** Waiting on conditions with a deadline, instead of sleeping and hoping. */
import { setTimeout as sleep } from 'node:timers/promises';

export interface WaitOptions {
  /** Deadline in milliseconds. */
  withinMs?: number;
  /** Pause between two looks, in milliseconds. */
  everyMs?: number;
}

/**
 * Looks until `look` gives something other than undefined, null or false, and returns that.
 * Throws with `what`, and with what `explain` adds, when the deadline passes.
 */
export async function waitFor<T>(
  what: string,
  look: () => Promise<T | undefined | null | false> | T | undefined | null | false,
  options: WaitOptions = {},
  explain: () => string = () => '',
): Promise<T> {
  const { withinMs = 20_000, everyMs = 20 } = options;
  const deadline = Date.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== null && seen !== false) return seen;
    if (Date.now() > deadline) {
      throw new Error(`waited ${String(withinMs)} ms in vain for: ${what}\n${explain()}`.trimEnd());
    }
    await sleep(everyMs);
  }
}
