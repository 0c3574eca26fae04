/**
 * Loaded before the service: makes it die at one of its crash points, as by a power cut. `CRASH_AT=<name>[:<nth>]`,
 * the first time that it comes by when no number is given.
 */
const [wanted = '', nth = '1'] = (process.env.CRASH_AT ?? '').split(':');
let passed = 0;

globalThis[Symbol.for('orchestrator.crash_point')] = (name) => {
  if (name !== wanted) return;
  passed += 1;
  if (passed < Number(nth)) return;
  process.kill(process.pid, 'SIGKILL');
  // The signal comes at once, but not before this call returns: nothing may happen in between.
  for (;;);
};
