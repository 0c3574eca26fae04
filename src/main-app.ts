/** Puts the application together, up to the point where it only has to listen. */
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { AppModule } from './app.module';
import type { AppConfig } from './config/app-config';
import { configureHttp } from './http/configure-http';
import { LeanAdapter } from './http/lean-adapter';
import { openLog } from './logging/log';
import { NestLogger } from './logging/nest-logger';
import { requestLog } from './logging/request-log';
import { Metrics } from './metrics/metrics';
import { requestDuration } from './metrics/request-duration';
import { mountOpenApi } from './openapi';

/**
 * An application that is not initialized: nothing is connected yet. `listen` (or `init`) connects and starts it,
 * `close` ends it. Each caller has an application, and a log, of its own.
 */
export async function createApp(config: AppConfig): Promise<NestExpressApplication> {
  const log = await openLog(config);
  try {
    const root = AppModule.register(config, log);
    const app = await NestFactory.create<NestExpressApplication>(root, new LeanAdapter(), {
      // Each route reads its own body, up to its own limit, once it is known who asks.
      bodyParser: false,
      logger: new NestLogger(log.logger),
      abortOnError: false,
    });
    configureHttp(app, [requestDuration(app.get(Metrics)), requestLog(log.logger)]);
    mountOpenApi(app);
    return app;
  } catch (error) {
    await log.close();
    throw error;
  }
}
