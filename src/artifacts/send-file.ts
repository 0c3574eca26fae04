/** Sends a file as a download: conditions and ranges are judged here, the bytes come from where it is kept. */
import type { Request, Response } from 'express';
import { announceRange, type ByteRange, rangeOf, requireMatch, requireUnmodified } from '../http/byte-range';
import { describeFile, undescribe } from './file-headers';
import type { StoredFile } from './stored-file';

export interface FileSender {
  /** The URL at which the storage sends it; null: it goes through here. */
  redirect: ((contentType: string, disposition: string) => Promise<string>) | null;
  /** Sends the bytes and ends the answer. Throws while nothing was sent when they are not there. */
  send: (range: ByteRange) => Promise<void>;
}

/** Ends when the answer is out or the client is gone; throws 404, 412 or 416 before anything was sent. */
export async function sendFile(
  request: Request,
  response: Response,
  file: StoredFile,
  { redirect, send }: FileSender,
): Promise<void> {
  const etag = `"${file.sha256}"`;
  const what = { etag, length: file.size };
  const modified = new Date(file.mtimeMs);
  requireMatch(request, etag, 'file');
  requireUnmodified(request, modified, 'file');
  describeFile(request, response, file);
  response.setHeader('Last-Modified', modified.toUTCString());
  response.setHeader('Accept-Ranges', 'bytes');
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  try {
    const range = redirect === null ? rangeOf(request, what, 'file') : null;
    if (redirect !== null && request.method === 'GET') {
      const [type, disposition] = ['Content-Type', 'Content-Disposition'].map((name) =>
        String(response.getHeader(name)),
      );
      const url = await redirect(type ?? '', disposition ?? '');
      undescribe(response);
      response.setHeader('Cache-Control', 'no-store');
      response.status(307).setHeader('Location', url).end();
      return;
    }
    const sent = announceRange(response, range, file.size);
    if (request.method === 'HEAD') response.end();
    else await send(sent);
  } catch (error) {
    // A client that goes away in the middle is no failure.
    if (response.destroyed && response.headersSent) return;
    if (!response.headersSent) undescribe(response);
    throw error;
  }
}
