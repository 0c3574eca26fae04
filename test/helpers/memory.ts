/** Resident memory of a process, as the system counts it. */
import { readFile, writeFile } from 'node:fs/promises';

/** By how many bytes it grew at the most while `work` was done. */
export async function growthWhile(pid: number, work: () => Promise<unknown>): Promise<number> {
  const before = await memoryOf(pid, 'VmRSS');
  // The peak begins anew here.
  await writeFile(`/proc/${String(pid)}/clear_refs`, '5');
  await work();
  return (await memoryOf(pid, 'VmHWM')) - before;
}

/** Bytes: now, or at the most so far. */
export async function memoryOf(pid: number, name: 'VmRSS' | 'VmHWM'): Promise<number> {
  const status = await readFile(`/proc/${String(pid)}/status`, 'utf8');
  const kib = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1];
  if (kib === undefined) throw new Error(`the system does not say ${name} of process ${String(pid)}`);
  return 1024 * Number(kib);
}
