/** The workers of one plan, grouped: those that are alike are looked at once, however many there are. */
import type { WorkerId } from '../ids';
import type { Hardware, Resources, WorkerSnapshot } from '../model';
import { fits } from './fit';
import { compareRanks, rankOf } from './score';

/** Free workers that are alike; the plan takes from it until it is empty. */
export class Bucket {
  readonly hasGpu: boolean;
  private isSorted = false;

  constructor(
    readonly hardware: Hardware,
    private readonly ids: WorkerId[],
  ) {
    this.hasGpu = hardware.gpus.length > 0;
  }

  get left(): number {
    return this.ids.length;
  }

  /** How many are left without the one to be avoided. */
  leftWithout(avoid: WorkerId | null): number {
    return avoid !== null && this.ids.includes(avoid) ? this.ids.length - 1 : this.ids.length;
  }

  /** Takes one other than the avoided one; undefined when there is none. */
  take(avoid: WorkerId | null): WorkerId | undefined {
    // Backwards, so that the first one is taken cheaply; not before one is taken, since most plans leave most kinds alone.
    if (!this.isSorted) this.ids.sort().reverse();
    this.isSorted = true;
    const last = this.ids.at(-1);
    if (last === undefined || last !== avoid) return this.ids.pop();
    return this.ids.length === 1 ? undefined : this.ids.splice(-2, 1)[0];
  }
}

/** Registered workers of equal hardware, free or not. */
export interface HardwareClass {
  readonly hardware: Hardware;
  readonly ids: readonly WorkerId[];
}

/** Free workers in the order in which they are to be taken. */
export function bucketsOf(free: readonly WorkerSnapshot[]): Bucket[] {
  const [proven, unproven] = [
    free.filter((worker) => worker.proven),
    free.filter((worker) => !worker.proven),
  ];
  return [...group(proven), ...group(unproven)]
    .map(({ sample, ids }) => ({ rank: rankOf(sample), bucket: new Bucket(sample.hardware, ids) }))
    .sort((left, right) => compareRanks(left.rank, right.rank))
    .map(({ bucket }) => bucket);
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
