/** For work that is tried again anyway: what went wrong is logged, but for Redis being away, which its connection says once. */
import type { Logger } from '@nestjs/common';
import { isStoreUnavailable } from '../core/errors';

export function logFault(
  logger: Logger,
  error: unknown,
  what: string,
  fields: Readonly<Record<string, unknown>> = {},
): void {
  if (isStoreUnavailable(error)) logger.debug({ ...fields, err: error }, what);
  else logger.warn({ ...fields, err: error }, what);
}
