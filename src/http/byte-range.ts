/** Which bytes a request asks for, of something of which any part can be sent, and how the answer says which they are. */
import type { Request, Response } from 'express';
import { ProblemError } from '../core/errors';

/** From the first byte to the one after the last. */
export interface ByteRange {
  start: number;
  end: number;
}

/** 412 when If-Match names another one. What changes under its name is the same as nothing (RFC 9110, 13.1.1). */
export function requireMatch(request: Request, etag: string, what: string): void {
  const header = request.headers['if-match'];
  if (header === undefined || header.trim() === '*') return;
  if (isStrong(etag) && header.split(',').some((tag) => tag.trim() === etag)) return;
  throw new ProblemError('precondition-failed', `The ${what} is not the one that was named.`);
}

/** 412 when it was written after If-Unmodified-Since, which If-Match stands before; a date that is none says nothing. */
export function requireUnmodified(request: Request, modified: Date, what: string): void {
  const { 'if-match': match, 'if-unmodified-since': since } = request.headers;
  if (match !== undefined || since === undefined) return;
  // Dates of HTTP are in whole seconds.
  if (Math.floor(modified.getTime() / 1_000) * 1_000 > Date.parse(since))
    throw new ProblemError('precondition-failed', `The ${what} was changed after that time.`);
}

const isStrong = (etag: string): boolean => !etag.startsWith('W/');

/** The one range that is asked for; null for all of it, which is also the answer to several. 416. */
export function rangeOf(
  request: Request,
  { etag, length }: { etag: string; length: number },
  what: string,
): ByteRange | null {
  if (request.method !== 'GET' || request.headers.range === undefined) return null;
  const ifRange = request.headers['if-range'];
  if (ifRange !== undefined && !(isStrong(etag) && ifRange.toString().trim() === etag)) return null;
  const ranges = request.range(length, { combine: true });
  if (ranges === -1) {
    throw new ProblemError('range-not-satisfiable', `The ${what} is shorter than that.`, [], {
      'Content-Range': `bytes */${String(length)}`,
    });
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes') return null;
  const [first, ...more] = ranges;
  return first === undefined || more.length > 0 ? null : { start: first.start, end: first.end + 1 };
}

/** Says in the answer what is sent: the range, or all of it. @returns which bytes that are */
export function announceRange(response: Response, range: ByteRange | null, length: number): ByteRange {
  const { start, end } = range ?? { start: 0, end: length };
  response.setHeader('Content-Length', end - start);
  if (range !== null) {
    response.status(206);
    response.setHeader('Content-Range', `bytes ${String(start)}-${String(end - 1)}/${String(length)}`);
  }
  return { start, end };
}
