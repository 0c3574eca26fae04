/** JSON of a request: 400 with a reason, also for nesting that would make every later walk overflow its stack. */
import { ProblemError } from '../core/errors';
import { isDeeperThan, type JsonValue } from '../core/json';

const MAX_DEPTH = 200;

export function parseJson(text: string): JsonValue {
  if (isDeeperThan(text, MAX_DEPTH)) {
    throw new ProblemError('bad-request', `The JSON body is nested more than ${String(MAX_DEPTH)} deep.`);
  }
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    throw new ProblemError(
      'bad-request',
      `The body is not JSON: ${error instanceof Error ? error.message : 'it does not parse'}.`,
    );
  }
}
