/**
 * Nest's Logger on pino, with Nest's own account of its start at DEBUG. A line about a request is given that request's id
 * by whoever writes it: carrying it along by AsyncLocalStorage costs a third of all documents per second on Node 20.
 */
import { inspect } from 'node:util';
import type { LoggerService } from '@nestjs/common';
import type { Level, Logger } from 'pino';

/** One line per module, controller and route at every start. */
const CHATTY: ReadonlySet<unknown> = new Set([
  'InstanceLoader',
  'NestFactory',
  'RouterExplorer',
  'RoutesResolver',
]);

/** What Nest hands on of `logger.warn(fields, 'text')`: the text, and last the logger's own name. */
type Rest = readonly unknown[];

export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  verbose(message: unknown, ...rest: Rest): void {
    this.write('trace', message, rest);
  }

  debug(message: unknown, ...rest: Rest): void {
    this.write('debug', message, rest);
  }

  log(message: unknown, ...rest: Rest): void {
    this.write(CHATTY.has(rest.at(-1)) ? 'debug' : 'info', message, rest);
  }

  warn(message: unknown, ...rest: Rest): void {
    this.write('warn', message, rest);
  }

  error(message: unknown, ...rest: Rest): void {
    this.write('error', message, rest);
  }

  fatal(message: unknown, ...rest: Rest): void {
    this.write('fatal', message, rest);
  }

  private write(level: Level, message: unknown, rest: Rest): void {
    if (!this.logger.isLevelEnabled(level)) return;
    const context = rest.at(-1);
    const [first] = rest.slice(0, -1);
    const text = typeof first === 'string' ? first : undefined;
    if (message instanceof Error) this.logger[level]({ context, err: message }, text);
    else if (typeof message === 'object') this.logger[level]({ context, ...message }, text);
    // Nest's own words come the other way round: the text, and a stack for an error.
    else
      this.logger[level]({ context, stack: text }, typeof message === 'string' ? message : inspect(message));
  }
}
