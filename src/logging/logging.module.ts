/** Puts Nest's own Logger on pino, and gives every line within a request that request's id. */
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { LoggerModule } from 'nestjs-pino';
import type { Log } from './log';

const LOG = Symbol('log');

@Module({})
export class LoggingModule implements OnApplicationShutdown {
  constructor(@Inject(LOG) private readonly log: Log) {}

  static register(log: Log): DynamicModule {
    return {
      module: LoggingModule,
      // `useExisting`: the request log is mounted before authentication, by createApp.
      imports: [LoggerModule.forRoot({ pinoHttp: { logger: log.logger }, useExisting: true })],
      providers: [{ provide: LOG, useValue: log }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}
