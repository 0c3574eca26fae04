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
  const range = oneRange(request.headers.range, length);
  if (range !== null && range.start >= range.end) {
    throw new ProblemError('range-not-satisfiable', `The ${what} is shorter than that.`, [], {
      'Content-Range': `bytes */${String(length)}`,
    });
  }
  return range;
}

const ONE_RANGE = /^bytes=[ \t]*(\d*)-(\d*)[ \t]*$/i;

/** As RFC 9110, 14.1.2 has it: with no byte in it where it lies beyond the end, null for what is no range of bytes. */
function oneRange(header: string, length: number): ByteRange | null {
  const [, first = '', last = ''] = ONE_RANGE.exec(header) ?? [];
  if (first === '' && last === '') return null;
  // The last so many: all of what is shorter.
  if (first === '') return { start: Math.max(0, length - Number(last)), end: length };
  if (last !== '' && Number(last) < Number(first)) return null;
  return { start: Number(first), end: last === '' ? length : Math.min(Number(last) + 1, length) };
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
