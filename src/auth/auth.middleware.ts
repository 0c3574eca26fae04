/** Authentication, before routing and before a byte of the body is read. Also covers what is no Nest route: /docs. */
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { TokenBook } from './token-book';
import { setVerdict, unauthorized } from './verdict';

/** The probes; their routes say `@Open()` as well. */
const OPEN_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz']);
const FILE_PATH = /^\/api\/v1\/results\/[^/]+\/(?:files\/[^/]+|bundle)$/;

/** A download may prove itself by the signature in its URL; its route checks it. */
function mayBeSigned(request: Request): boolean {
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  return isRead && request.query.sig !== undefined && FILE_PATH.test(request.path);
}

/** Refuses with 401 whatever has no token and no other way in; leaves a verdict for the guard on everything else. */
export function authenticate(tokens: TokenBook): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction): void => {
    if (tokens.admits(request.headers.authorization)) setVerdict(request, 'granted');
    else if (OPEN_PATHS.has(request.path) || mayBeSigned(request)) setVerdict(request, 'undecided');
    else {
      next(unauthorized());
      return;
    }
    next();
  };
}
