/**
 * Older workers send a multipart body under `Content-Type: application/json`, out of the headers of their document.
 * The boundary stands in the first line of the body, so the header can be put right.
 */
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../core/errors';
import { contentTypeOf } from '../http/read-body';

/** `--`, a boundary of at most 70 characters (RFC 2046) and the line's end, with room for blanks. */
const MAX_FIRST_LINE = 256;
const FIRST_LINE = /^--([0-9A-Za-z'()+_,\-./:=? ]{0,69}[0-9A-Za-z'()+_,\-./:=?])[ \t]*\r\n/;

/** Makes the request's Content-Type say `multipart/form-data` with a boundary; 400 when the body is no multipart. */
export async function ensureMultipart(request: IncomingMessage): Promise<void> {
  const { type } = contentTypeOf(request);
  if (type === 'multipart/form-data' && /;\s*boundary\s*=/i.test(request.headers['content-type'] ?? ''))
    return;
  const head = await peek(request, MAX_FIRST_LINE);
  const boundary = FIRST_LINE.exec(head.toString('latin1'))?.[1];
  if (boundary === undefined) {
    throw new ProblemError('bad-request', 'The body is expected as multipart/form-data.', [
      { path: '', code: 'not_multipart', message: 'the body does not begin with a boundary' },
    ]);
  }
  request.headers['content-type'] = `multipart/form-data; boundary="${boundary}"`;
}

/** The first bytes of a body, up to its first line or `maxBytes`; they stay in the stream. */
async function peek(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  return await new Promise<Buffer>((resolve, reject) => {
    const detach = (): void => {
      request.off('readable', onReadable).off('end', onEnd).off('error', onError).off('close', onEnd);
    };
    const onError = (error: Error): void => {
      detach();
      reject(error);
    };
    const onEnd = (): void => {
      detach();
      const head = Buffer.concat(chunks);
      // At once: a tick later a short body counts as ended and takes nothing back.
      if (head.length > 0 && !request.readableEnded) request.unshift(head);
      resolve(head.subarray(0, maxBytes));
    };
    const onReadable = (): void => {
      for (
        let chunk = request.read() as Buffer | null;
        chunk !== null;
        chunk = request.read() as Buffer | null
      ) {
        chunks.push(chunk);
        size += chunk.length;
        if (size >= maxBytes || chunk.includes(0x0a)) {
          onEnd();
          return;
        }
      }
    };
    request.on('readable', onReadable).on('end', onEnd).on('error', onError).on('close', onEnd);
  });
}
