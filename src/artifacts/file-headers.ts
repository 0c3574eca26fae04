/** What a download says of its file, wherever that is kept: digests, a name, and headers that keep browsers from running it. */
import type { Request, Response } from 'express';
import { attach } from '../http/attachment';
import type { StoredFile } from './stored-file';

const OWN_HEADERS = [
  'ETag',
  'Content-Digest',
  'Repr-Digest',
  'Content-Type',
  'Content-Disposition',
  'Content-Security-Policy',
  'Cache-Control',
  'Last-Modified',
  'Accept-Ranges',
  'Content-Length',
  'Content-Range',
];

/** With any of these the answer may be another than the whole file. */
const FOR_LESS = ['range', 'if-none-match', 'if-modified-since'];

/**
 * RFC 9530: the digest of all of what is asked for, and, where that is what is sent, of the content.
 * @param sha256 in hex
 */
export function tellDigests(request: Request, response: Response, sha256: string): void {
  const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
  response.setHeader('Repr-Digest', digest);
  const isWhole = FOR_LESS.every((name) => request.headers[name] === undefined);
  if (isWhole) response.setHeader('Content-Digest', digest);
}

/** What every download says of its file. */
export function describeFile(request: Request, response: Response, file: StoredFile): void {
  attach(response, file.name);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Whatever was uploaded, no browser runs it in our name.
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('ETag', `"${file.sha256}"`);
  tellDigests(request, response, file.sha256);
}

/** The answer is another one. */
export function undescribe(response: Response): void {
  for (const name of OWN_HEADERS) response.removeHeader(name);
}
