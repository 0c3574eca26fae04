/** When a failed task may try again: exponential backoff with full jitter. */
import type { RetryPolicy } from '../model';

/**
 * @param retries how many retries were spent before this failure
 * @param random 0 ≤ random < 1
 * @returns seconds, from 0 up to the smaller of `maxDelaySec` and `baseDelaySec` doubled once per retry
 */
export function backoffSec(policy: RetryPolicy, retries: number, random: number): number {
  return random * Math.min(policy.maxDelaySec, policy.baseDelaySec * 2 ** Math.min(retries, 32));
}
