/** Starts one worker and stops it on SIGTERM or SIGINT. */
import { describeHardware } from './hardware';
import { readSettings } from './settings';
import { Worker } from './worker';

/** Longest wait for Redis while unregistering. */
const STOP_TIMEOUT_MS = 3_000;

function log(text: string): void {
  process.stdout.write(`${new Date().toISOString()} ${text}\n`);
}

async function main(): Promise<void> {
  const settings = readSettings(process.env);
  const worker = new Worker(settings, await describeHardware(), log);

  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    setTimeout(() => process.exit(1), STOP_TIMEOUT_MS).unref();
    worker.stop().then(
      () => {
        log(`worker ${settings.workerId} has unregistered`);
        process.exit(0);
      },
      (error: unknown) => {
        log(`unregistering failed: ${String(error)}`);
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);

  await worker.start();
  log(`worker ${settings.workerId} is ready`);
}

main().catch((error: unknown) => {
  log(`worker cannot start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
});
