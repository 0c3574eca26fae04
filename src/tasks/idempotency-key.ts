/**
 * The `Idempotency-Key` header: a client that got no answer, or 503, submits again with the same key and the document
 * is registered once (draft-ietf-httpapi-idempotency-key-header). Digests go to Redis, whatever clients put into a key.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { ProblemError } from '../core/errors';

export interface IdempotencyKey {
  keySha256: string;
  bodySha256: string;
}

const KEY = /^[!-~]{1,255}$/;

/**
 * @returns null when the request has none
 * @throws ProblemError `bad-request` for one that is empty, too long or given twice
 */
export function idempotencyKeyOf(request: IncomingMessage, body: string): IdempotencyKey | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || !KEY.test(key)) {
    throw new ProblemError(
      'bad-request',
      'An Idempotency-Key has 1 to 255 visible ASCII characters and no spaces, such as a UUID, and is given once.',
    );
  }
  return { keySha256: sha256(key), bodySha256: sha256(body) };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
