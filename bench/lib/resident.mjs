/** Resident memory of a process, as the system sees it. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const EVERY_MS = 20;

/** Bytes. */
export function residentOf(pid) {
  const status = `/proc/${pid}/status`;
  const kib = existsSync(status)
    ? /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(status, 'utf8'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' });
  const bytes = Number(kib) * 1024;
  if (!(bytes > 0)) throw new Error(`process ${pid} has no resident memory`);
  return bytes;
}

/** Does the work; resolves with the bytes by which the process grew meanwhile, at its largest. */
export async function growthWhile(pid, work) {
  const before = residentOf(pid);
  let largest = before;
  const look = () => (largest = Math.max(largest, residentOf(pid)));
  const timer = setInterval(look, EVERY_MS);
  try {
    await work();
    look();
  } finally {
    clearInterval(timer);
  }
  return largest - before;
}
