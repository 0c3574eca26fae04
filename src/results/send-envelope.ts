/** Sends an envelope as it lies on disk: whole or a range of it, under conditions, no faster than it is taken. */
import type { Request, Response } from 'express';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { tellDigests } from '../artifacts/file-headers';
import { announceRange, rangeOf, requireMatch } from '../http/byte-range';
import { withFirstBytes } from '../http/first-bytes';
import type { OpenEnvelope } from './open-envelope';

/**
 * Returns when the answer is out or the client is gone; throws 412, 416 or 503 before anything was sent.
 * @param sha256 of all of it, in hex, where that is known
 */
export async function sendEnvelope(
  request: Request,
  response: Response,
  envelope: OpenEnvelope,
  sha256: string | null,
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
  const bytes = request.method === 'HEAD' ? null : await begun(response, envelope.stream(range ?? undefined));
  if (sha256 !== null) tellDigests(request, response, sha256);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  announceRange(response, range, envelope.length);
  if (bytes === null) {
    response.end();
    return;
  }
  try {
    await pipeline(bytes, response);
  } catch (error) {
    // A client that goes away in the middle is no failure.
    if (!response.destroyed) throw error;
  }
}

/** What is thrown in its place is another answer. */
async function begun(response: Response, bytes: Readable): Promise<Readable> {
  try {
    return await withFirstBytes(bytes);
  } catch (error) {
    for (const name of ['ETag', 'Accept-Ranges']) response.removeHeader(name);
    throw error;
  }
}
