/** What authentication found out about a request, noted on it. */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../core/errors';

/** `granted`: token or open service. `undecided`: no token, and only a route that is open or decides itself may take it. */
export type Verdict = 'granted' | 'undecided';

const VERDICT = Symbol('verdict');

interface Judged extends IncomingMessage {
  [VERDICT]?: Verdict;
}

export function setVerdict(request: Judged, verdict: Verdict): void {
  request[VERDICT] = verdict;
}

/** A request that nobody judged is undecided, never granted. */
export function verdictOf(request: Judged): Verdict {
  return request[VERDICT] ?? 'undecided';
}

/** One same answer, whatever was wrong with the token. */
export function unauthorized(): ProblemError {
  return new ProblemError('unauthorized', 'This needs a valid bearer token.', [], {
    'WWW-Authenticate': 'Bearer',
  });
}
