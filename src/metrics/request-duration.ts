/** Measures every HTTP request by its route pattern, so that ids in paths make no new series. */
import type { NextFunction, Request, Response } from 'express';
import { routeOf } from '../http/allowed-methods';
import type { Metrics } from './metrics';

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);

/** Middleware that goes before everything else. */
export function requestDuration(metrics: Metrics) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const end = metrics.httpRequestDuration.startTimer();
    // `close` comes for finished and for aborted responses alike.
    response.once('close', () => {
      end({
        method: METHODS.has(request.method) ? request.method : 'other',
        route: routeOf(request) ?? 'none',
        status: response.writableFinished ? String(response.statusCode) : 'aborted',
      });
    });
    next();
  };
}
