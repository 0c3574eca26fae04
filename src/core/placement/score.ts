/** Which of several fitting workers is taken first: the smallest one, and GPUs are spared for those who ask. */
import type { Hardware, WorkerSnapshot } from '../model';
import { gpuMemoryBytes } from './gpu-name';

/** Size of a machine, most valuable part first: GPUs, memory of the largest, cores, memory. */
function sizeOf(hardware: Hardware): readonly number[] {
  // A GPU without a figure serves no task that asks for memory: it is the one to spend first.
  const vram = hardware.gpus.reduce((most, gpu) => Math.max(most, gpuMemoryBytes(gpu) ?? 0), 0);
  return [hardware.gpus.length, vram, hardware.cpuCores ?? 0, hardware.memoryBytes ?? Infinity];
}

/** What `compareRanks` compares; made once per worker, since sorting compares often. */
export function rankOf(worker: Pick<WorkerSnapshot, 'hardware' | 'proven'>): readonly number[] {
  return [worker.hardware.gpus.length > 0 ? 1 : 0, worker.proven ? 0 : 1, ...sizeOf(worker.hardware)];
}

/**
 * Orders workers for any task that they fit: those without GPUs first, among them the proven ones (the others may
 * not listen yet), among these the smallest. For a task that asks for GPUs the first rule is void, since only
 * workers with GPUs fit it: one order serves all tasks.
 */
export function compareRanks(left: readonly number[], right: readonly number[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? 0;
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}
