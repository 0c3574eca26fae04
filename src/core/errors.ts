/** Errors as values inside, and the one exception that carries them to the HTTP border. */

/** One mistake in what a client sent: where it is, what is wrong, what would be right. */
export interface Issue {
  /** Place in the document, e.g. `spec.stages[1].dependsOn[0]`. Empty for the document as a whole. */
  path: string;
  /** 1-based, when the text has a place for it. */
  line?: number;
  column?: number;
  /** Stable slug, e.g. `missing`, `cycle`, `unknown_name`. */
  code: string;
  /** A sentence: what is wrong and what is expected instead. */
  message: string;
}

export type Result<T, E> = { ok: true; value: T } | { ok: false; error: E };

export const ok = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
export const err = <E>(error: E): { ok: false; error: E } => ({ ok: false, error });

/** Error code -> HTTP status and title; the slug is the `urn:orchestrator:<slug>` of problem+json (RFC 9457). */
export const PROBLEMS = {
  'bad-request': [400, 'Bad request'],
  unauthorized: [401, 'Unauthorized'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'Method not allowed'],
  'request-timeout': [408, 'Request timeout'],
  conflict: [409, 'Conflict'],
  gone: [410, 'Gone'],
  'precondition-failed': [412, 'Precondition failed'],
  'too-large': [413, 'Content too large'],
  'unsupported-media-type': [415, 'Unsupported media type'],
  'range-not-satisfiable': [416, 'Range not satisfiable'],
  'invalid-document': [422, 'The document has mistakes'],
  'idempotency-key-reused': [422, 'The idempotency key belongs to another document'],
  locked: [423, 'Locked'],
  'too-many-requests': [429, 'Too many requests'],
  'checksum-mismatch': [460, 'Checksum mismatch'],
  'internal-error': [500, 'Internal error'],
  unavailable: [503, 'Service unavailable'],
  'insufficient-storage': [507, 'Insufficient storage'],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemSlug = keyof typeof PROBLEMS;

/** Thrown by services to end a request; the filter in `http/` turns it into problem+json. */
export class ProblemError extends Error {
  constructor(
    readonly slug: ProblemSlug,
    detail: string,
    readonly issues: readonly Issue[] = [],
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    super(detail);
    this.name = 'ProblemError';
  }

  get status(): number {
    return PROBLEMS[this.slug][0];
  }
}

/** Object storage does not answer, or not as it should: to be tried again later. */
export class StorageUnavailable extends Error {
  constructor(override readonly cause: Error) {
    super(`the object storage could not be used: ${cause.message}`);
    this.name = 'StorageUnavailable';
  }
}

/** What Redis says, as the first word of an error, while it is there but cannot do what it is asked, whoever asks. */
const REFUSALS =
  'OOM|LOADING|READONLY|MISCONF|MASTERDOWN|BUSY|NOREPLICAS|CLUSTERDOWN|TRYAGAIN|NOAUTH|WRONGPASS|NOPERM';

/** The same from within a script: older servers put words of their own in front. */
const REFUSAL = new RegExp(`^(?:ERR Error running script [^]*?: -)?(?:${REFUSALS})\\b`);

/** What the Redis client says of a command that shared its pipeline with others when the connection broke. */
const CUT_OFF = 'Command aborted due to connection close';

/** What our own end says while the server that is there must not be worked with. */
export const NOT_FIT = 'The server was not found fit';

/** What the Redis client says when it has no connection, or lost it before the answer came. */
const NO_CONNECTION: ReadonlySet<string> = new Set([
  'Connection is closed.',
  "Stream isn't writeable and enableOfflineQueue options is false",
  'Command timed out',
  CUT_OFF,
  NOT_FIT,
]);

/** Whether the connection broke before the answer came, and nobody has asked again. */
export function isCutOff(error: unknown): boolean {
  return error instanceof Error && error.message === CUT_OFF;
}

/**
 * Whether this error means that the task store could not be asked, or could not take it: to be tried again later.
 * What was asked may have been done all the same, when only the answer was lost.
 */
export function isStoreUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { name, message } = error as { name?: unknown; message?: unknown };
  if (typeof message !== 'string') return false;
  if (name === 'MaxRetriesPerRequestError' || NO_CONNECTION.has(message)) return true;
  return name === 'ReplyError' && REFUSAL.test(message);
}
