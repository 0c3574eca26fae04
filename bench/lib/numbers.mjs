/** What is taken out of many numbers, and a unit of some. */

export const MIB = 2 ** 20;

/** The value that `share` of the sorted values do not exceed. @param {number[]} values @param {number} share 0 to 1 */
export function percentile(values, share) {
  if (values.length === 0) throw new Error('nothing was measured');
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export const p50 = (values) => percentile(values, 0.5);
export const p99 = (values) => percentile(values, 0.99);
