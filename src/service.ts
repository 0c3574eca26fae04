/** The service: reads the configuration, serves, and leaves in good order when it is told to. */
import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AppConfig } from './config/app-config';
import { ConfigError, loadConfig } from './config/load-config';
import { HttpDrain } from './http/drain';
import { asError } from './http/errno';
import { createApp } from './main-app';
import { RedisConnections } from './redis/redis-connections';

/** npm, shells and supervisors deliver one Ctrl-C twice; only a signal that comes later is a second one. */
const SAME_SIGNAL_MS = 1_000;

/** Every result waits for the disk, and a disk syncs many files in little more time than one. Node's own number is 4. */
const DISK_THREADS = '16';

const logger = new Logger('main');

/** Resolves when it listens; when it cannot, the process ends. */
export async function serve(): Promise<void> {
  try {
    await start();
  } catch (error) {
    fail(error);
  }
}

async function start(): Promise<void> {
  // Read when the first file is opened asynchronously.
  process.env.UV_THREADPOOL_SIZE ??= DISK_THREADS;
  // A fault of ours that nobody expected; one request or message less is no reason to drop all others.
  process.on('unhandledRejection', (reason) => {
    logger.error({ err: asError(reason) }, 'a failure was left unhandled');
  });
  const config = loadConfig(process.env);
  const app = await createApp(config);
  app.get(RedisConnections).onUnusable(fail);
  leaveOnSignal(app, config);
  await app.listen(config.port, config.host);
  logger.log(`listening on ${await app.getUrl()}, workers reach it at ${config.baseUrl}`);
}

function leaveOnSignal(app: NestExpressApplication, config: AppConfig): void {
  let since: number | null = null;
  const leave = (signal: NodeJS.Signals): void => {
    if (since !== null) {
      // Whoever asks again does not want to wait.
      if (performance.now() - since > SAME_SIGNAL_MS) process.exit(1);
      return;
    }
    since = performance.now();
    logger.log(
      `${signal}: nothing new is begun; up to ${String(config.shutdownGraceSec)} s for what is in flight`,
    );
    // Whoever presses Ctrl-C has no load balancer to wait for.
    app.get(HttpDrain).begin(signal === 'SIGTERM' ? config.shutdownDrainSec : 0);
    app.close().then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
}

/** The log may not be there yet, or not any more: what stops the process goes to standard error. */
function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof ConfigError ? `${text}\n` : `The service stops: ${text}\n`);
  process.exit(1);
}
