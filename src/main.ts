/** The process: reads the configuration, serves, and leaves in good order when it is told to. */
import 'reflect-metadata';
import type { Server } from 'node:http';
import { Logger } from '@nestjs/common';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { AppConfig } from './config/app-config';
import { ConfigError, loadConfig } from './config/load-config';
import { createApp } from './main-app';

/** How often connections that have become idle are closed while the last requests end. */
const IDLE_CHECK_MS = 100;
/** npm, shells and supervisors deliver one Ctrl-C twice; only a signal that comes later is a second one. */
const SAME_SIGNAL_MS = 1_000;

const logger = new Logger('main');

async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const app = await createApp(config);
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
    logger.log(`${signal}: no new requests, up to ${String(config.shutdownGraceSec)} s for those in flight`);
    close(app, config.shutdownGraceSec).then(() => process.exit(0), fail);
  };
  process.on('SIGTERM', leave);
  process.on('SIGINT', leave);
}

async function close(app: NestExpressApplication, graceSec: number): Promise<void> {
  const server: Server = app.getHttpServer();
  const idle = setInterval(() => {
    server.closeIdleConnections();
  }, IDLE_CHECK_MS);
  const grace = setTimeout(() => {
    server.closeAllConnections();
  }, graceSec * 1000);
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    clearTimeout(grace);
  }
}

/** The log may not be there yet, or not any more: what stops the process goes to standard error. */
function fail(error: unknown): void {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(error instanceof ConfigError ? `${text}\n` : `The service stops: ${text}\n`);
  process.exit(1);
}

main().catch(fail);
