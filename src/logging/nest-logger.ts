/** Nest's logger on pino, with Nest's own account of its start at DEBUG. */
import { Logger, PinoLogger } from 'nestjs-pino';
import type { Log } from './log';
import { loggerParams } from './logging.module';

/** One line per module, controller and route at every start. */
const CHATTY: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

export class NestLogger extends Logger {
  constructor(log: Log) {
    super(new PinoLogger(loggerParams(log)), loggerParams(log));
  }

  override log(message: unknown, ...rest: unknown[]): void {
    if (CHATTY.has(rest.at(-1))) this.debug(message, ...rest);
    else super.log(message, ...rest);
  }
}
