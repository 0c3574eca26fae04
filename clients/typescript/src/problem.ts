/** What can go wrong with a call: the service says no, or nothing is heard of it. */
import type { components } from './generated/api';

export type Issue = components['schemas']['ProblemIssueDto'];
type Problem = components['schemas']['ProblemDto'];

/** The service answered with an error, as problem+json (RFC 9457). */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  constructor(
    /** The HTTP status. */
    readonly status: number,
    /** Stable, `urn:orchestrator:<slug>`; `about:blank` when something on the way answered in the service's place. */
    readonly type: string,
    readonly title: string,
    readonly detail: string,
    /** The id of the request, as it is in the service's log. */
    readonly requestId: string | null,
    /** Every single mistake, where it has a place. */
    readonly issues: readonly Issue[],
    /** When to try again, if the service says so. */
    readonly retryAfterSec: number | null,
  ) {
    super(`${title}: ${detail}`);
  }

  /** Whether the same request can be taken later, as it is. */
  get isTemporary(): boolean {
    return this.status === 429 || (this.status >= 500 && this.status !== 507);
  }

  /** `text`: the body of `response`, whatever it is. */
  static read(text: string, { status, statusText, headers }: Response): ProblemError {
    const problem = parse(text);
    const retryAfter = Number(headers.get('Retry-After') ?? NaN);
    return new ProblemError(
      status,
      problem?.type ?? 'about:blank',
      problem?.title ?? `${String(status)} ${statusText}`.trim(),
      problem?.detail ?? text.trim().slice(0, 200),
      problem?.instance ?? headers.get('X-Request-Id'),
      problem?.errors ?? [],
      Number.isFinite(retryAfter) ? retryAfter : null,
    );
  }
}

/** The service was not reached, or the connection broke off before its answer came or within it. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';

  constructor(url: string, cause: unknown, what: 'does not answer' | 'broke off' = 'does not answer') {
    super(`${url} ${what}: ${reasonOf(cause)}`, { cause });
  }
}

/** `fetch` says why in the cause of its error. */
function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const { cause } = thrown;
  if (!(cause instanceof Error)) return thrown.message;
  // One error for each address that was tried has no message of its own.
  return cause.message === '' && 'code' in cause ? String(cause.code) : cause.message;
}

function parse(text: string): Problem | null {
  try {
    const value = JSON.parse(text) as Partial<Problem> | null;
    return typeof value?.type === 'string' && typeof value.title === 'string' ? (value as Problem) : null;
  } catch {
    return null;
  }
}
