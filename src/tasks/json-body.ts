/** JSON of a request: 400 with a reason, also for nesting that would make every later walk overflow its stack. */
import { ProblemError } from '../core/errors';
import type { JsonValue } from '../core/json';

const MAX_DEPTH = 200;

export function parseJson(text: string): JsonValue {
  if (depthOf(text) > MAX_DEPTH) {
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

/** Brackets outside of strings, counted in one pass. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[{]|[\]}]/g)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++depth);
    else if (token === ']' || token === '}') depth -= 1;
  }
  return deepest;
}
