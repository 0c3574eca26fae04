/** Several middlewares as one, for requests of every path: a router finds out for each of its layers whether it is meant. */
import type { NextFunction, RequestHandler } from 'express';

export function inTurn(handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, next) => {
    const from =
      (at: number): NextFunction =>
      (error?: unknown) => {
        const handler = handlers[at];
        if (error !== undefined || handler === undefined) next(error);
        else void handler(request, response, from(at + 1));
      };
    from(0)();
  };
}
