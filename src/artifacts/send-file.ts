/** Sends a stored file as a download: ranges, conditions and HEAD by `send`, safe headers by us. */
import type { Request, Response } from 'express';
import send from 'send';
import { ProblemError } from '../core/errors';
import type { StoredFile } from './stored-file';

const ABOUT_BYTES = ['ETag', 'Content-Digest', 'Repr-Digest'];
const OWN_HEADERS = [
  ...ABOUT_BYTES,
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

/** RFC 9530: the digest of the whole file, and, where that is what is sent, of the content. */
function aboutBytes(request: Request, { sha256 }: StoredFile): Record<string, string> {
  const digest = `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:`;
  const whole = { ETag: `"${sha256}"`, 'Repr-Digest': digest };
  const isWhole = FOR_LESS.every((name) => request.headers[name] === undefined);
  return isWhole ? { ...whole, 'Content-Digest': digest } : whole;
}

/** What every download says of its file. */
export function describeFile(request: Request, response: Response, file: StoredFile): void {
  // Sets the type that the name's ending stands for.
  response.attachment(file.name);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  // Whatever was uploaded, no browser runs it in our name.
  response.setHeader('Content-Security-Policy', "default-src 'none'; sandbox");
  response.setHeader('Cache-Control', 'private, no-cache');
  for (const [name, value] of Object.entries(aboutBytes(request, file))) response.setHeader(name, value);
}

/** The answer is another one. */
export function undescribe(response: Response): void {
  for (const name of OWN_HEADERS) response.removeHeader(name);
}

/** Returns when the answer is out or the client is gone; throws 404, 412 or 416 before anything was sent. */
export async function sendFile(request: Request, response: Response, file: StoredFile): Promise<void> {
  describeFile(request, response, file);
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      undescribe(response);
      reject(error);
    };
    response.once('close', resolve);
    send(request, `/${encodeURIComponent(file.name)}`, {
      root: file.directory,
      etag: false,
      cacheControl: false,
      index: false,
      dotfiles: 'deny',
    })
      .on('headers', (_response: unknown, _path: unknown, stats: { size: number; mtimeMs: number }) => {
        if (stats.size === file.size && stats.mtimeMs === file.mtimeMs) return;
        // Replaced since it was looked up: then the digest is another file's. One that others write may be half written
        // now, and is rather broken off.
        if (!file.uploaded) response.destroy();
        for (const name of ABOUT_BYTES) response.removeHeader(name);
      })
      .on('directory', () => {
        fail(new ProblemError('not-found', 'There is no such file.'));
      })
      .on('error', (error: Error & { status?: number; headers?: Record<string, string> }) => {
        fail(problemOf(error));
      })
      .pipe(response);
  });
}

function problemOf(error: Error & { status?: number; headers?: Record<string, string> }): Error {
  if (error.status === 416) {
    return new ProblemError(
      'range-not-satisfiable',
      'The file is shorter than that.',
      [],
      error.headers ?? {},
    );
  }
  if (error.status === 412)
    return new ProblemError('precondition-failed', 'The file is not the one that was named.');
  if (error.status === 404 || error.status === 403)
    return new ProblemError('not-found', 'There is no such file.');
  return error;
}
