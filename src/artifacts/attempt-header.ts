/** `X-Orchestrator-Attempt`: went out with the dispatched document, comes back on results and uploads. */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../core/errors';
import { type AttemptId, trustedAttemptId } from '../core/ids';

const HEADER = 'x-orchestrator-attempt';

/** null when the request does not say; 400 when what it says is no attempt id. */
export function attemptOf(request: IncomingMessage): AttemptId | null {
  const value = request.headers[HEADER];
  if (value === undefined || value === '') return null;
  if (typeof value === 'string' && /^[A-Za-z0-9_-]{1,128}$/.test(value)) return trustedAttemptId(value);
  throw new ProblemError('bad-request', 'X-Orchestrator-Attempt is not an attempt id.');
}
