/** To which trace a request belongs, for the lines that are logged about it. */
import type { IncomingMessage } from 'node:http';

type WithTrace = IncomingMessage & { traceId?: string };

export function noteTraceId(request: IncomingMessage, traceId: string): void {
  (request as WithTrace).traceId = traceId;
}

/** Undefined while traces are off, and for a request that belongs to none. */
export function traceIdOf(request: IncomingMessage): string | undefined {
  return (request as WithTrace).traceId;
}
