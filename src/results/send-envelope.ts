/** Sends an envelope as it lies on disk: whole or a range of it, under conditions, no faster than it is taken. */
import type { Request, Response } from 'express';
import { pipeline } from 'node:stream/promises';
import { announceRange, rangeOf, requireMatch } from '../http/byte-range';
import type { OpenEnvelope } from './open-envelope';

/** Returns when the answer is out or the client is gone; throws 412 or 416 before anything was sent. */
export async function sendEnvelope(
  request: Request,
  response: Response,
  envelope: OpenEnvelope,
): Promise<void> {
  requireMatch(request, envelope.etag, 'result');
  response.setHeader('ETag', envelope.etag);
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Accept-Ranges', 'bytes');
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const range = rangeOf(request, envelope, 'result');
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  const sent = announceRange(response, range, envelope.length);
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(envelope.stream(sent), response);
  } catch (error) {
    // A client that goes away in the middle is no failure.
    if (!response.destroyed) throw error;
  }
}
