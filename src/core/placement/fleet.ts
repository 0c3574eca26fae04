/** Registered workers by kind: those that are alike are looked at once, however many there are. */
import type { WorkerId } from '../ids';
import type { Hardware, Resources, WorkerSnapshot } from '../model';
import { fits } from './fit';

/** Registered workers of equal hardware, free or not. */
export interface HardwareClass {
  readonly hardware: Hardware;
  readonly ids: readonly WorkerId[];
}

/** Ids in their order. */
export function hardwareClasses(workers: readonly WorkerSnapshot[]): HardwareClass[] {
  return group(workers).map(({ sample, ids }) => ({ hardware: sample.hardware, ids: ids.sort() }));
}

/** How many of the workers fit, not counting the avoided one; stops counting at `enough`. */
export function countFitting(
  classes: readonly HardwareClass[],
  resources: Resources,
  avoid: WorkerId | null,
  enough: number,
): number {
  let count = 0;
  for (const { hardware, ids } of classes) {
    if (count >= enough) break;
    if (fits(resources, hardware))
      count += avoid !== null && ids.includes(avoid) ? ids.length - 1 : ids.length;
  }
  return count;
}

/** Those that placement cannot tell apart, together. */
function group(workers: readonly WorkerSnapshot[]): { sample: WorkerSnapshot; ids: WorkerId[] }[] {
  const groups = new Map<string, { sample: WorkerSnapshot; ids: WorkerId[] }>();
  for (const worker of workers) {
    const key = hardwareKey(worker.hardware);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, { sample: worker, ids: [worker.id] });
    else known.ids.push(worker.id);
  }
  return [...groups.values()];
}

/** Hardware objects live as long as a worker's report does, so their keys are made once. */
const keys = new WeakMap<Hardware, string>();

/** Equal for workers that placement cannot tell apart. */
export function hardwareKey(hardware: Hardware): string {
  const cached = keys.get(hardware);
  if (cached !== undefined) return cached;
  const { cpuCores, memoryBytes, gpus } = hardware;
  const key = JSON.stringify([cpuCores, memoryBytes, gpus.map((gpu) => [gpu.name, gpu.memoryBytes])]);
  keys.set(hardware, key);
  return key;
}
