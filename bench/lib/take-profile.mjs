/**
 * Loaded before the service where its main thread is profiled: the first SIGUSR2 begins, the second ends and writes the
 * profile where PROFILE says. By the inspector, since `--cpu-prof` takes the start and the warming up with it.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { isMainThread } from 'node:worker_threads';

const INTERVAL_US = 100;

if (isMainThread) {
  const session = new Session();
  let isRunning = false;
  process.on('SIGUSR2', async () => {
    isRunning = !isRunning;
    if (isRunning) {
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.setSamplingInterval', { interval: INTERVAL_US });
      await session.post('Profiler.start');
      return;
    }
    const { profile } = await session.post('Profiler.stop');
    writeFileSync(process.env.PROFILE, JSON.stringify(profile));
    session.disconnect();
  });
}
