/** A file that is the whole body of a request. */
import type { Request } from 'express';
import { ProblemError } from '../core/errors';
import { requireUncompressed } from '../http/read-body';
import { BrokenStream, receiveStream, type ReceivedFile, type Reception, tooLarge } from './receive-stream';

/** 400 for a part of a file or a body that breaks off, 413, 415 for a compressed one, and what `receiveStream` throws. */
export async function receiveBody(
  request: Request,
  filename: string,
  reception: Reception,
): Promise<ReceivedFile> {
  const { headers } = request;
  if (headers['content-range'] !== undefined) {
    throw new ProblemError(
      'bad-request',
      'A file is taken whole: Content-Range has no place in this request.',
    );
  }
  requireUncompressed(
    request,
    'A file is stored as it comes: send a compressed one without Content-Encoding.',
  );
  const { maxBytes } = reception;
  if (maxBytes > 0 && Number(headers['content-length']) > maxBytes) throw tooLarge(maxBytes);
  try {
    return await receiveStream(request, filename, reception);
  } catch (error) {
    if (!(error instanceof BrokenStream)) throw error;
    throw new ProblemError('bad-request', `The body broke off: ${error.message}.`);
  }
}
