/** Every request has an id: in its answer, in its problem+json and in the log lines about it. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';

const SANE_ID = /^[A-Za-z0-9_.:-]{1,128}$/;
const HEADER = 'x-request-id';

type WithId = IncomingMessage & { id?: string };

/** Middleware: takes a sane incoming `X-Request-Id`, else makes one; echoes it. */
export function assignRequestId(request: IncomingMessage, response: ServerResponse, next: () => void): void {
  const given = request.headers[HEADER];
  const id = typeof given === 'string' && SANE_ID.test(given) ? given : randomUUID();
  (request as WithId).id = id;
  response.setHeader('X-Request-Id', id);
  next();
}

/** The id of a request that came through `assignRequestId`; empty for any other. */
export function requestIdOf(request: IncomingMessage): string {
  return (request as WithId).id ?? '';
}
