/** From whatever was thrown to one problem+json answer: nothing of our insides leaves the service. */
import { HttpException } from '@nestjs/common';
import { STATUS_CODES } from 'node:http';
import { isNativeError } from 'node:util/types';
import { isStoreUnavailable, type Issue, ProblemError, PROBLEMS, StorageUnavailable } from '../core/errors';
import { isFull } from './errno';

/** For 503: the service asks again for Redis at least once a second, and so may a client. */
export const RETRY_SOON = { 'Retry-After': '1' } as const;

export const PROBLEM_TYPE = 'application/problem+json; charset=utf-8';

export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  instance: string;
  errors?: readonly Issue[];
}

export interface ProblemAnswer {
  body: Problem;
  headers: Readonly<Record<string, string>>;
  /** false: a fault of ours that nobody expected, to be logged with its stack. */
  expected: boolean;
}

/** Any text for people, of statuses that `PROBLEMS` does not name. */
const titleOf = (status: number): string => STATUS_CODES[status] ?? 'Error';
const slugify = (title: string): string => title.toLowerCase().replace(/[^a-z0-9]+/g, '-');

/** A status without a slug of its own is named by its standard title, e.g. `precondition-failed`. */
export function problemOfStatus(status: number, detail: string, instance: string): Problem {
  const known = Object.entries(PROBLEMS).find(([, [code]]) => code === status);
  const slug = known?.[0] ?? slugify(titleOf(status));
  return {
    type: `urn:orchestrator:${slug}`,
    title: known?.[1][1] ?? titleOf(status),
    status,
    detail,
    instance,
  };
}

/** Errors of the disk and of Redis that have a status of their own. */
function knownFault(exception: unknown): ProblemError | null {
  if (isStoreUnavailable(exception)) {
    const detail = 'The task store does not answer at the moment; try again.';
    return new ProblemError('unavailable', detail, [], RETRY_SOON);
  }
  if (exception instanceof StorageUnavailable) {
    const detail = 'The object storage does not answer at the moment; try again.';
    return new ProblemError('unavailable', detail, [], RETRY_SOON);
  }
  if (isNativeError(exception) && isFull(exception)) {
    const detail = 'No room is left on the results volume; nothing was stored.';
    return new ProblemError('insufficient-storage', detail);
  }
  return null;
}

/** `instance` is the request id. */
export function toProblem(exception: unknown, instance: string): ProblemAnswer {
  if (exception instanceof ProblemError) return ofProblemError(exception, instance);
  if (exception instanceof HttpException) {
    const status = exception.getStatus();
    return {
      body: problemOfStatus(status, exception.message, instance),
      headers: {},
      expected: status < 500,
    };
  }
  const fault = knownFault(exception);
  if (fault !== null) return ofProblemError(fault, instance);
  if (isNativeError(exception) && exception.name === 'URIError') {
    return ofProblemError(new ProblemError('bad-request', 'The URL is not well encoded.'), instance);
  }
  return {
    body: problemOfStatus(
      500,
      'Something went wrong here; the log has more under this request id.',
      instance,
    ),
    headers: {},
    expected: false,
  };
}

function ofProblemError(error: ProblemError, instance: string): ProblemAnswer {
  const [status, title] = PROBLEMS[error.slug];
  const body: Problem = {
    type: `urn:orchestrator:${error.slug}`,
    title,
    status,
    detail: error.message,
    instance,
  };
  if (error.issues.length > 0) body.errors = error.issues;
  return { body, headers: error.headers, expected: error.slug !== 'internal-error' };
}
