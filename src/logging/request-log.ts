/** One line per HTTP request: method, path, status, duration and request id. Never a header, never a body. */
import type { NextFunction, Request, Response } from 'express';
import type { Level, Logger } from 'pino';
import { requestIdOf } from '../http/request-id';
import { traceIdOf } from '../http/request-trace';

/** Asked every few seconds by whatever watches the service. */
const PROBES: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/** No fault of ours: Redis or the bucket is away, the volume is full. */
const REFUSALS: ReadonlySet<number> = new Set([503, 507]);

const TASK_PATH = /^\/api\/v1\/(?:tasks|results)\/([A-Za-z0-9_-]{1,128})(?:[/?]|$)/;

/** Middleware that goes before authentication, so that refused requests are logged too. */
export function requestLog(logger: Logger) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const fromMs = performance.now();
    // Kept now: routers change the URL, and a connection that is gone has no address.
    const { method, url } = request;
    const remoteAddress = request.socket.remoteAddress;
    // `close` comes for finished and for aborted responses alike.
    response.once('close', () => {
      const level = levelOf(url, response);
      if (!logger.isLevelEnabled(level)) return;
      logger[level](
        {
          request_id: requestIdOf(request),
          trace_id: traceIdOf(request),
          ...aboutTask(url),
          request: { method, url, remote_address: remoteAddress },
          response: { status: response.statusCode },
          duration_ms: Math.round(performance.now() - fromMs),
        },
        `${method} ${url} ${response.writableFinished ? String(response.statusCode) : 'aborted by the client'}`,
      );
    });
    next();
  };
}

/** A request about one task says so in the field that all lines about it have. */
function aboutTask(url: string): Record<string, string> {
  const id = TASK_PATH.exec(url)?.[1];
  return id === undefined ? {} : { task_id: id };
}

/** What went wrong inside is logged where it is known; here there is only the status. */
function levelOf(url: string, response: Response): Level {
  if (PROBES.has(url.split('?', 1)[0] ?? '')) return 'debug';
  const { statusCode } = response;
  if (statusCode < 500) return 'info';
  return REFUSALS.has(statusCode) ? 'warn' : 'error';
}
