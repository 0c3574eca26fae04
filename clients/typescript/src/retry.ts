/** `fetch` that sends a request again when that does no harm: its connection broke, or the service asks for patience. */
import { UnreachableError } from './problem';
import { sleep } from './sleep';

export interface RetrySettings {
  /** How often a request is sent again, at most. */
  retries: number;
  /** Before the first time; doubled each time, with a random part taken off. */
  baseDelayMs: number;
  fetch: (request: Request) => Promise<Response>;
}

/** Longer is not waited within one call, whatever the service says. */
const MAX_DELAY_MS = 10_000;
const TEMPORARY: readonly number[] = [429, 502, 503, 504];
const SAFE: readonly string[] = ['GET', 'HEAD'];

/** A request that reads, or that the service knows again by its key. */
const isRepeatable = (request: Request): boolean =>
  SAFE.includes(request.method) || request.headers.has('Idempotency-Key');

/** @throws UnreachableError when the last try was not answered; the reason of the request's signal when it is aborted */
export function persistent({ retries, baseDelayMs, fetch }: RetrySettings): RetrySettings['fetch'] {
  return async (request) => {
    const tries = isRepeatable(request) ? retries : 0;
    for (let count = 0; ; count += 1) {
      const outcome = await attempt(fetch, request, count < tries);
      const isLast = count === tries;
      if (outcome instanceof UnreachableError) {
        if (isLast) throw outcome;
      } else {
        if (isLast || !TEMPORARY.includes(outcome.status)) return outcome;
        await outcome.body?.cancel();
      }
      const asked =
        outcome instanceof UnreachableError ? NaN : Number(outcome.headers.get('Retry-After') ?? NaN);
      await sleep(delayMs(count, baseDelayMs, asked, Math.random()), request.signal);
    }
  };
}

async function attempt(
  fetch: RetrySettings['fetch'],
  request: Request,
  isSentAgain: boolean,
): Promise<Response | UnreachableError> {
  try {
    return await fetch(isSentAgain ? request.clone() : request);
  } catch (thrown) {
    request.signal.throwIfAborted();
    return new UnreachableError(new URL(request.url).origin, thrown);
  }
}

/** `askedSec`: what `Retry-After` says, NaN if nothing; `random`: 0 ≤ random < 1. */
export function delayMs(count: number, baseMs: number, askedSec: number, random: number): number {
  if (askedSec >= 0) return Math.min(MAX_DELAY_MS, askedSec * 1_000);
  return Math.min(MAX_DELAY_MS, baseMs * 2 ** count) * (1 - random / 2);
}
