/** Ends the log with the application, last of all. */
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import type { Log } from './log';

const LOG = Symbol('log');

@Module({})
export class LoggingModule implements OnApplicationShutdown {
  constructor(@Inject(LOG) private readonly log: Log) {}

  static register(log: Log): DynamicModule {
    return { module: LoggingModule, providers: [{ provide: LOG, useValue: log }] };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}
