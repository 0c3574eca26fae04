/** What a task needs as one line of text: tasks with equal text wait in one queue. */
import type { Resources } from '../model';
import { canonicalGpuType } from './gpu-name';

/** Equal needs give equal text, different needs different text: `cpu=8 memory=17179869184 gpu=2xa100:85899345920`. */
export function signatureOf(resources: Resources): string {
  const { cpuCores, memoryBytes, gpu } = resources;
  const base = `cpu=${String(cpuCores)} memory=${String(memoryBytes)}`;
  if (gpu === null) return base;
  return `${base} gpu=${String(gpu.count)}x${canonicalGpuType(gpu.type)}:${String(gpu.memoryBytes ?? 'any')}`;
}
