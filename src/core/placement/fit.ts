/** Why a worker cannot take a task, resource by resource; empty when it can. */
import type { Gpu, Hardware, Resources } from '../model';
import { gpuMemoryBytes, gpuTypeMatches, isAnyGpu } from './gpu-name';

/** One resource that a worker has too little of, in words for people: `{resource: 'cpu', need: '8 cores', have: '4 cores'}`. */
interface Unfit {
  resource: 'cpu' | 'memory' | 'gpu.count' | 'gpu.type' | 'gpu.memory';
  need: string;
  have: string;
}

type GpuNeed = NonNullable<Resources['gpu']>;

/** Drivers report up to 1 % less than what a card is sold with ("24 GB" is 24,564 MiB). */
const VRAM_TOLERANCE = 0.99;

/** More than any worker with GPUs can lack. */
const NO_GPU = 3;

/** Whether the worker has everything the task asks for, all at once. Cheap: builds no text. */
export function fits(resources: Resources, hardware: Hardware): boolean {
  return (
    (hardware.cpuCores ?? 0) >= resources.cpuCores &&
    (hardware.memoryBytes ?? Infinity) >= resources.memoryBytes &&
    (resources.gpu === null ||
      (hardware.gpus.length >= resources.gpu.count &&
        suitableGpus(resources.gpu, hardware.gpus) >= resources.gpu.count))
  );
}

/** Everything that keeps the worker from taking the task, with what is needed and what is there. */
export function unfitReasons(resources: Resources, hardware: Hardware): Unfit[] {
  const reasons: Unfit[] = [];
  const cores = hardware.cpuCores ?? 0;
  if (!(cores >= resources.cpuCores)) {
    const have = hardware.cpuCores === null ? 'no core count' : plural(cores, 'core');
    reasons.push({ resource: 'cpu', need: plural(resources.cpuCores, 'core'), have });
  }
  if (!((hardware.memoryBytes ?? Infinity) >= resources.memoryBytes)) {
    const [need, have] = apart(resources.memoryBytes, hardware.memoryBytes ?? 0);
    reasons.push({ resource: 'memory', need: `${need} of memory`, have: `${have} of memory` });
  }
  if (resources.gpu !== null) reasons.push(...gpuReasons(resources.gpu, hardware.gpus));
  return reasons;
}

/**
 * How far the worker is from fitting: 0 when it fits; one whole per resource that lacks, plus the part of it that
 * lacks. Orders near-misses.
 */
export function shortfall(resources: Resources, hardware: Hardware): number {
  let total = lack(resources.cpuCores, hardware.cpuCores ?? 0);
  total += lack(resources.memoryBytes, hardware.memoryBytes ?? Infinity);
  if (resources.gpu !== null && hardware.gpus.length > 0) total += gpuLack(resources.gpu, hardware.gpus);
  else if (resources.gpu !== null) total += NO_GPU;
  return total;
}

/** A GPU that is too small is nearer than one of another type, and that is nearer than none. */
function gpuLack(need: GpuNeed, gpus: readonly Gpu[]): number {
  let typed = 0;
  for (const gpu of gpus) if (gpuTypeMatches(need.type, gpu)) typed++;
  const missing = lack(need.count, typed === 0 ? 0 : suitableGpus(need, gpus));
  return missing === 0 ? 0 : missing + 0.25 * lack(need.count, typed) + 0.05 * lack(need.count, gpus.length);
}

const lack = (need: number, have: number): number => (have >= need ? 0 : 1 + (need - have) / need);

/** How many devices are of the type and have the memory, both at once. */
function suitableGpus(need: GpuNeed, gpus: readonly Gpu[]): number {
  let suitable = 0;
  for (const gpu of gpus) if (hasVram(need, gpu) && gpuTypeMatches(need.type, gpu)) suitable++;
  return suitable;
}

function hasVram(need: GpuNeed, gpu: Gpu): boolean {
  return need.memoryBytes === null || (gpuMemoryBytes(gpu) ?? 0) >= need.memoryBytes * VRAM_TOLERANCE;
}

function gpuReasons(need: GpuNeed, gpus: readonly Gpu[]): Unfit[] {
  const reasons: Unfit[] = [];
  const wanted = `${String(need.count)} × ${isAnyGpu(need.type) ? 'GPU of any type' : need.type}`;
  const typed = gpus.filter((gpu) => gpuTypeMatches(need.type, gpu));
  if (gpus.length > 0 && typed.length === 0) {
    return [{ resource: 'gpu.type', need: wanted, have: listGpus(gpus) }];
  }
  if (typed.length < need.count) {
    reasons.push({ resource: 'gpu.count', need: wanted, have: listGpus(typed) });
  }
  const large = typed.filter((gpu) => hasVram(need, gpu)).length;
  if (need.memoryBytes !== null && large < Math.min(need.count, typed.length)) {
    reasons.push({
      resource: 'gpu.memory',
      need: `${wanted} with ${formatBytes(need.memoryBytes)} each`,
      have: listGpus(typed, true),
    });
  }
  return reasons;
}

/** `2 × NVIDIA A100-SXM4-80GB, 1 × Tesla T4`, equal ones counted together. */
function listGpus(gpus: readonly Gpu[], withMemory = false): string {
  const counts = new Map<string, number>();
  for (const gpu of gpus) {
    const memory = gpuMemoryBytes(gpu);
    const size = memory === null ? 'no memory figure' : formatBytes(memory);
    const label = `${gpu.name.slice(0, 80)}${withMemory ? ` with ${size}` : ''}`;
    counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  if (counts.size === 0) return 'no GPU';
  return [...counts].map(([label, count]) => `${String(count)} × ${label}`).join(', ');
}

const UNITS = ['bytes', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

/** Bytes as people read them, at most two decimals: `16 GiB`, `1.5 MiB`. */
export function formatBytes(bytes: number): string {
  const power = Math.max(0, Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10)));
  return `${String(Math.round((bytes / 1024 ** power) * 100) / 100)} ${UNITS[power] ?? 'bytes'}`;
}

/** Two amounts that differ, in words that differ too. */
function apart(need: number, have: number): [string, string] {
  const words: [string, string] = [formatBytes(need), formatBytes(have)];
  return words[0] === words[1] ? [`${String(need)} bytes`, `${String(have)} bytes`] : words;
}

const plural = (count: number, noun: string): string => `${String(count)} ${noun}${count === 1 ? '' : 's'}`;
