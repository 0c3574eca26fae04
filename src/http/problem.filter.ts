/** The one place where an error becomes an answer. */
import { type ArgumentsHost, Catch, type ExceptionFilter, Logger, NotFoundException } from '@nestjs/common';
import type { Request, Response } from 'express';
import { isStoreUnavailable, ProblemError } from '../core/errors';
import { allowedMethods, routeOf } from './allowed-methods';
import { asError } from './errno';
import { lingerThenClose } from './linger';
import { PROBLEM_TYPE, type ProblemAnswer, toProblem } from './problem';
import { requestIdOf } from './request-id';

@Catch()
export class ProblemFilter implements ExceptionFilter {
  private readonly logger = new Logger(ProblemFilter.name);

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const requestId = requestIdOf(request);
    const answer = toProblem(wrongMethod(exception, request) ?? exception, requestId);
    this.log(exception, answer, requestId, request);
    if (response.headersSent || response.destroyed || request.socket.destroyed) {
      // Part of an answer is out: breaking off is the only way left to say that it is not whole.
      response.destroy();
      return;
    }
    for (const [name, value] of Object.entries(answer.headers)) response.setHeader(name, value);
    response.status(answer.body.status).setHeader('Content-Type', PROBLEM_TYPE);
    response.setHeader('Cache-Control', 'no-store');
    response.end(request.method === 'HEAD' ? undefined : JSON.stringify(answer.body));
    lingerThenClose(request);
  }

  private log(exception: unknown, answer: ProblemAnswer, requestId: string, request: Request): void {
    if (answer.body.status < 500) return;
    // A client that went away is no fault of ours.
    if (!answer.expected && request.socket.destroyed) {
      this.logger.debug({ request_id: requestId }, 'the client closed the connection before its answer');
      return;
    }
    const error = asError(exception);
    const line = { request_id: requestId, status: answer.body.status, err: error };
    // That the connection is gone is said once, where it is noticed; what Redis itself refuses is said only here.
    const isKnown = isStoreUnavailable(exception) && error.name !== 'ReplyError';
    if (isKnown) this.logger.debug(line, 'request failed');
    else this.logger.error(line, 'request failed');
  }
}

/** No route took the request: was it only the method? */
function wrongMethod(exception: unknown, request: Request): ProblemError | null {
  if (!(exception instanceof NotFoundException) || routeOf(request) !== null) return null;
  const methods = allowedMethods(request);
  if (methods.length === 0) return new ProblemError('not-found', 'There is nothing at this path.');
  return new ProblemError('method-not-allowed', `This path takes ${methods.join(', ')}.`, [], {
    Allow: methods.join(', '),
  });
}
