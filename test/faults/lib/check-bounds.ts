/** I6: memory, descriptors, Redis and disk stay bounded, and nothing is left lying about. */
import { isTerminal, type Cases, type Violation } from './case-files';
import type { Entry } from './history';

export interface Bounds {
  rssBytes: number;
  /** Open at once, and more at the end than at the start. */
  descriptors: number;
  leakedDescriptors: number;
  spoolBytes: number;
  redisBytes: number;
}

const MIB = 1024 * 1024;

export const USUAL_BOUNDS: Bounds = {
  rssBytes: 700 * MIB,
  descriptors: 500,
  leakedDescriptors: 60,
  spoolBytes: 256 * MIB,
  redisBytes: 256 * MIB,
};

export function checkBounds(cases: Cases, bounds: Bounds): Violation[] {
  const samples = cases.entries.filter((entry): entry is Entry<'sample'> => entry.kind === 'sample');
  const exceeded = (['rssBytes', 'descriptors', 'spoolBytes', 'redisBytes'] as const).flatMap((figure) => {
    const most = samples.reduce<Entry<'sample'> | null>(
      (top, sample) => (top === null || sample[figure] > top[figure] ? sample : top),
      null,
    );
    if (most === null || most[figure] <= bounds[figure]) return [];
    const what = `${figure} of ${most.service} came to ${String(most[figure])}, over ${String(bounds[figure])}`;
    return [violation(what, [most])];
  });
  return [...exceeded, ...leaks(samples, bounds), ...leftOvers(cases)];
}

const violation = (what: string, evidence: readonly Entry[]): Violation => ({
  invariant: 'I6',
  taskId: null,
  what,
  evidence,
});

function leaks(samples: readonly Entry<'sample'>[], bounds: Bounds): Violation[] {
  const services = new Set(samples.map(({ service }) => service));
  return [...services].flatMap((service) => {
    const own = samples.filter((sample) => sample.service === service);
    const [first, last] = [own[0], own.at(-1)];
    if (first === undefined || last === undefined) return [];
    if (last.descriptors - first.descriptors <= bounds.leakedDescriptors) return [];
    const what = `${service} ended with ${String(last.descriptors)} descriptors, having begun with ${String(first.descriptors)}`;
    return [violation(what, [first, last])];
  });
}

/** When every task has ended, no index and no waiting room holds anything of one. */
function leftOvers({ end, entries }: Cases): Violation[] {
  if (end?.tasks.every(({ status }) => isTerminal(status)) !== true) return [];
  const inRedis = Object.entries(end.leftInRedis)
    .filter(([, count]) => count > 0)
    .map(([key, count]) => violation(`${String(count)} left in ${key}`, []));
  const mayLeaveParts = entries.some(({ kind }) => kind === 'crashed');
  const inSpool = end.leftInSpool
    .filter((name) => !(mayLeaveParts && isHalfWritten(name, end.leftInSpool)))
    .map((name) => violation(`left in the spool: ${name}`, []));
  return [...inRedis, ...inSpool];
}

/** What a killed process was writing waits for the sweep of the spool: a part, or bytes without what is said of them. */
function isHalfWritten(name: string, all: readonly string[]): boolean {
  return name.endsWith('.part') || (name.endsWith('.data') && !all.includes(name.replace(/data$/, 'json')));
}
