/** Puts Nest's own Logger on pino, and gives every line within a request that request's id. */
import { Inject, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';
import { LoggerModule, type Params } from 'nestjs-pino';
import type { Log } from './log';

const LOG = Symbol('log');

/** `useExisting`: the request log is mounted before authentication, by createApp. */
export function loggerParams(log: Log): Params {
  return { pinoHttp: { logger: log.logger }, useExisting: true };
}

@Module({})
export class LoggingModule implements OnApplicationShutdown {
  constructor(@Inject(LOG) private readonly log: Log) {}

  static register(log: Log): DynamicModule {
    return {
      module: LoggingModule,
      imports: [LoggerModule.forRoot(loggerParams(log))],
      providers: [{ provide: LOG, useValue: log }],
    };
  }

  async onApplicationShutdown(): Promise<void> {
    await this.log.close();
  }
}
