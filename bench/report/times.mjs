/** One line about the times of a flow, in milliseconds. */
import { p50 } from '../lib/numbers.mjs';

const ms = (value) => `${Math.round(value)} ms`;

export function report(what, times) {
  const [best, worst] = [Math.min(...times), Math.max(...times)];
  console.log(`${what}: median ${ms(p50(times))}, best ${ms(best)}, worst ${ms(worst)} of ${times.length}`);
}
