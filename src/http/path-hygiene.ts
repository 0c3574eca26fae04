/** Refuses paths that can only be meant to confuse, before any route sees them. */
import type { NextFunction, Request, Response } from 'express';
import { ProblemError } from '../core/errors';

/** All before the one segment in which an encoded slash means something: the path of a file below its task's directory. */
const BEFORE_FILE = /^(\/api\/v1\/results\/[^/]*\/files\/)[^/]+$/;

/** The path of a request target as it came, without origin and query. */
export function rawPath(url: string): string {
  const path = url.replace(/^https?:\/\/[^/?#]*/i, '');
  return path.split(/[?#]/, 1)[0] ?? '';
}

/** The rule that a raw path breaks, or null. */
export function pathFault(path: string): string | null {
  if (!/^[!-~]*$/.test(path)) return 'only printable ASCII may stand in a path';
  if (path.includes('\\')) return 'a backslash has no place in a path';
  if (/%5c/i.test(path)) return 'an encoded backslash has no place in a path';
  if (/%2f/i.test(path.replace(BEFORE_FILE, '$1'))) return 'an encoded slash has no place here';
  if (/%2e/i.test(path)) return 'dots are not encoded in a path';
  if (/%25[0-9a-f]{2}/i.test(path)) return 'a path is encoded once, not twice';
  if (/%(?:0|1|7f)/i.test(path)) return 'a control character has no place in a path';
  try {
    decodeURIComponent(path);
  } catch {
    return 'the percent-encoding is not well-formed UTF-8';
  }
  if (path.split('/').some((segment) => segment === '.' || segment === '..'))
    return 'dot segments have no place in a path';
  return null;
}

/** Nothing in a target of these alone could break a rule, as it is with most. */
const PLAIN = /^[\w/-]*$/;

/** Middleware: 400 for a path that breaks a rule. */
export function checkPath(request: Request, _response: Response, next: NextFunction): void {
  if (PLAIN.test(request.url)) {
    next();
    return;
  }
  const fault = pathFault(rawPath(request.url));
  if (fault === null) next();
  else next(new ProblemError('bad-request', `The path was refused: ${fault}.`));
}
