/** One line per HTTP request: method, path, status, duration and request id. Never a header, never a body. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { assignRequestId, requestIdOf } from '../http/request-id';

/** Asked every few seconds by whatever watches the service. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

const TASK_PATH = /^\/api\/v1\/(?:tasks|results)\/([A-Za-z0-9_-]{1,128})(?:[/?]|$)/;

/** Middleware that goes before authentication, so that refused requests are logged too. */
export function requestLog(logger: Logger) {
  const log = pinoHttp<Request, Response>({
    logger,
    genReqId: requestIdOf,
    customProps: aboutTask,
    quietReqLogger: true,
    customAttributeKeys: {
      req: 'request',
      res: 'response',
      reqId: 'request_id',
      responseTime: 'duration_ms',
    },
    serializers: {
      req: ({ method, url, remoteAddress }: { method: string; url: string; remoteAddress: string }) => ({
        method,
        url,
        remote_address: remoteAddress,
      }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
    },
    customLogLevel: (request, response, error) => levelOf(request, response, error),
    customSuccessMessage: summary,
    customErrorMessage: summary,
    // What went wrong inside is logged where it is known; here it would only be the status again.
    customErrorObject: (_request, _response, _error, line: Record<string, unknown>) => ({
      ...line,
      err: undefined,
    }),
  });
  return (request: Request, response: Response, next: NextFunction): void => {
    assignRequestId(request, response, () => {
      // Whoever assigns the id once more finds the one that the log has.
      request.headers['x-request-id'] = requestIdOf(request);
      log(request, response, next);
    });
  };
}

/** A request about one task says so in the field that all lines about it have. */
function aboutTask(request: IncomingMessage): Record<string, string> {
  const id = TASK_PATH.exec(request.url ?? '')?.[1];
  return id === undefined ? {} : { task_id: id };
}

function levelOf(
  request: IncomingMessage,
  response: ServerResponse,
  error?: Error,
): 'debug' | 'info' | 'error' {
  if (error !== undefined || response.statusCode >= 500) return isProbe(request) ? 'debug' : 'error';
  return isProbe(request) ? 'debug' : 'info';
}

function isProbe(request: IncomingMessage): boolean {
  return PROBES.has((request.url ?? '').split('?', 1)[0] ?? '');
}

function summary(request: IncomingMessage, response: ServerResponse): string {
  const outcome = response.writableFinished ? String(response.statusCode) : 'aborted by the client';
  return `${request.method ?? ''} ${request.url ?? ''} ${outcome}`;
}
