/** `X-Orchestrator-Attempt`: went out with the dispatched document, comes back on results and uploads. */
import { ApiHeader } from '@nestjs/swagger';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../core/errors';
import { type AttemptId, ID_PATTERN, trustedAttemptId } from '../core/ids';

const HEADER = 'x-orchestrator-attempt';

/** null when the request does not say; 400 when what it says is no attempt id. */
export function attemptOf(request: IncomingMessage): AttemptId | null {
  const value = request.headers[HEADER];
  if (value === undefined || value === '') return null;
  return readAttemptId('X-Orchestrator-Attempt', value);
}

/** 400, naming the place that it came from, unless it is an attempt id. */
export function readAttemptId(place: string, value: unknown): AttemptId {
  if (typeof value === 'string' && ID_PATTERN.test(value)) return trustedAttemptId(value);
  throw new ProblemError('bad-request', `${place} is not an attempt id.`);
}

/** OpenAPI: the header, on a route for what an attempt made. */
export function ApiAttempt(): MethodDecorator {
  return ApiHeader({
    name: 'X-Orchestrator-Attempt',
    required: false,
    description: 'The attempt that made it, as the dispatched document names it; empty is the same as none.',
    schema: {
      type: 'string',
      pattern: `${ID_PATTERN.source}|^$`,
      example: 'f0c1a7d2-9d1b-4f2e-8f6e-2a8c8f0a3b55',
    },
  });
}
