/** Reading a body, after authentication and on the route's own terms: counted while it comes, UTF-8 only. */
import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { ProblemError } from '../core/errors';

/** `text/yaml; charset=UTF-8` -> type and charset in lower case; an absent header is an empty type. */
export function contentTypeOf(request: IncomingMessage): { type: string; charset: string | null } {
  const [type = '', ...parameters] = (request.headers['content-type'] ?? '').split(';');
  const charset = parameters
    .map((parameter) => /^\s*charset\s*=\s*"?([^"\s]+)"?\s*$/i.exec(parameter)?.[1])
    .find((value) => value !== undefined);
  return { type: type.trim().toLowerCase(), charset: charset?.toLowerCase() ?? null };
}

/** 415 unless the body's type is among `allowed`; returns it. An absent type passes where '' is allowed. */
export function requireContentType(request: IncomingMessage, allowed: readonly string[]): string {
  const { type } = contentTypeOf(request);
  if (allowed.includes(type)) return type;
  const names = allowed.filter((name) => name !== '').join(', ');
  throw new ProblemError('unsupported-media-type', `The body is taken as ${names}.`, [], { Accept: names });
}

/** 415 for a body that is compressed; `detail` says what to do instead. */
export function requireUncompressed(request: IncomingMessage, detail: string): void {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding.toLowerCase() === 'identity') return;
  throw new ProblemError('unsupported-media-type', detail, [], { 'Accept-Encoding': 'identity' });
}

/** 415 for bodies that are compressed or declare another charset than UTF-8. */
export function requirePlainUtf8(request: IncomingMessage): void {
  requireUncompressed(request, 'A compressed body is not taken.');
  const { charset } = contentTypeOf(request);
  if (charset !== null && charset !== 'utf-8' && charset !== 'utf8' && charset !== 'us-ascii') {
    throw new ProblemError('unsupported-media-type', 'The body is taken as UTF-8 only.');
  }
}

/**
 * The chunks of a body, at most `maxBytes` in all; more is 413. When the reader stops early the connection stays
 * open, so that the answer can still be sent.
 */
export async function* limitedChunks(
  body: Readable,
  maxBytes: number,
  announced?: string,
): AsyncGenerator<Buffer> {
  if (Number(announced) > maxBytes) throw tooLarge(maxBytes);
  let count = 0;
  for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    count += chunk.length;
    if (count > maxBytes) throw tooLarge(maxBytes);
    yield chunk;
  }
}

/**
 * The whole body, of a request that announced it and whose bytes have all come by now; null for any other, of which
 * nothing is read then. Small bodies come with their headers, and taking them like this costs no turn of the event loop.
 */
export function bodyAtHand(body: Readable, maxBytes: number, announced?: string): Buffer | null {
  const length = Number(announced);
  if (!(length > 0) || length > maxBytes || body.readableLength !== length) return null;
  return body.read() as Buffer | null;
}

/**
 * The whole body as text. 413 above `maxBytes`, 415 for another charset or a compressed body, 422 with the
 * position when it is not UTF-8. A byte order mark at the start is dropped.
 */
export async function readText(request: IncomingMessage, maxBytes: number): Promise<string> {
  requirePlainUtf8(request);
  const announced = request.headers['content-length'];
  const bytes = bodyAtHand(request, maxBytes, announced) ?? (await wholeBody(request, maxBytes, announced));
  if (!isUtf8(bytes)) throw notUtf8(bytes);
  const text = bytes.toString('utf8');
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

async function wholeBody(body: Readable, maxBytes: number, announced?: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of limitedChunks(body, maxBytes, announced)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError('too-large', `The body is larger than ${String(maxBytes)} bytes.`);
}

/** Says where: the first character that decoding has to replace. */
function notUtf8(bytes: Buffer): ProblemError {
  const before = bytes.toString('utf8').split('\uFFFD', 1)[0] ?? '';
  const lines = before.split('\n');
  const line = lines.length;
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return new ProblemError('invalid-document', 'The body is not UTF-8.', [
    {
      path: '',
      line,
      column,
      code: 'not_utf8',
      message: 'these bytes are no UTF-8 text; save the document as UTF-8',
    },
  ]);
}
