/** Sends an envelope as it lies on disk: whole or a range of it, under conditions, no faster than it is taken. */
import type { Request, Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '../core/errors';
import type { ByteRange, OpenEnvelope } from './open-envelope';

/** Returns when the answer is out or the client is gone; throws 412 or 416 before anything was sent. */
export async function sendEnvelope(
  request: Request,
  response: Response,
  envelope: OpenEnvelope,
): Promise<void> {
  if (!isMatch(request.headers['if-match'], envelope.etag))
    throw new ProblemError('precondition-failed', 'The result is not the one that was named.');
  const range = rangeOf(request, envelope);
  response.setHeader('ETag', envelope.etag);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const { start, end } = range ?? { start: 0, end: envelope.length };
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', end - start);
  if (range !== null) {
    response.status(206);
    response.setHeader(
      'Content-Range',
      `bytes ${String(start)}-${String(end - 1)}/${String(envelope.length)}`,
    );
  }
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(envelope.stream({ start, end }), response);
  } catch (error) {
    // A client that goes away in the middle is no failure.
    if (!response.destroyed) throw error;
  }
}

/** What changes under its name is the same as nothing (RFC 9110, 13.1.1). */
function isMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined || header.trim() === '*') return true;
  return isStrong(etag) && header.split(',').some((tag) => tag.trim() === etag);
}

const isStrong = (etag: string): boolean => !etag.startsWith('W/');

/** The one range that is asked for; null for all of it, which is also the answer to several. */
function rangeOf(request: Request, { etag, length }: OpenEnvelope): ByteRange | null {
  if (request.method !== 'GET' || request.headers.range === undefined) return null;
  const ifRange = request.headers['if-range'];
  if (ifRange !== undefined && !(isStrong(etag) && ifRange.toString().trim() === etag)) return null;
  const ranges = request.range(length, { combine: true });
  if (ranges === -1) {
    throw new ProblemError('range-not-satisfiable', 'The result is shorter than that.', [], {
      'Content-Range': `bytes */${String(length)}`,
    });
  }
  if (ranges === undefined || ranges === -2 || ranges.type !== 'bytes') return null;
  const [first, ...more] = ranges;
  return first === undefined || more.length > 0 ? null : { start: first.start, end: first.end + 1 };
}
