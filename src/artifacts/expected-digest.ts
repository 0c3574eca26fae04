/**
 * What a client says that its body is, to be compared with what came: `Content-Digest` or `Repr-Digest` (RFC 9530),
 * before the body or as a trailer after it, or the older `Digest` (RFC 3230).
 */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { ProblemError } from '../core/errors';
import { isObject } from '../core/json';

const HEADERS = ['content-digest', 'repr-digest', 'digest'] as const;
/** A member of either syntax: `sha-256=:…:`, and `SHA-256=…` before that. */
const SHA256 = /^\s*sha-256\s*=\s*(?::(?<bytes>[^:]*):|(?<text>[^:]*?))\s*(?:;.*)?$/i;
const HEX_OF_32_BYTES = /^[0-9a-f]{64}$/i;
const BASE64_OF_32_BYTES = /^[A-Za-z0-9+/]{43}=$/;

/** Hex; null when nothing is said. 400 for another algorithm or a digest that is none. */
export function expectedSha256(headers: IncomingHttpHeaders | NodeJS.Dict<string>): string | null {
  for (const name of HEADERS) {
    const value = headers[name];
    if (typeof value === 'string') return readDigest(name, value);
  }
  return null;
}

/** 400 when the body is not what the request says of it. Called when the body has ended, so that trailers are there. */
export function requireDigest(request: IncomingMessage, sha256: string): void {
  requireSha256(expectedSha256(request.headers) ?? expectedSha256(request.trailers), sha256);
}

/** The raw bytes of a body, hashed as they pass where the request says what they should be. */
export class BodyDigest {
  private readonly hash: Hash | null;

  /**
   * Before the body: 400 for a digest in the headers that cannot be checked.
   * @param mismatch what `require` throws
   */
  constructor(
    private readonly request: IncomingMessage,
    private readonly mismatch: (expected: string, received: string) => ProblemError = otherDigest,
  ) {
    const { headers } = request;
    const trailers = headers.trailer?.toLowerCase() ?? '';
    const isSaid = expectedSha256(headers) !== null || HEADERS.some((name) => trailers.includes(name));
    this.hash = isSaid ? createHash('sha256') : null;
  }

  /** Whether the bytes are wanted. */
  get isSaid(): boolean {
    return this.hash !== null;
  }

  update(bytes: Uint8Array): void {
    this.hash?.update(bytes);
  }

  /** The body has ended: 400 when it is another one. */
  require(): void {
    const { headers, trailers } = this.request;
    const expected = expectedSha256(headers) ?? expectedSha256(trailers);
    if (expected === null) return;
    if (this.hash === null) throw notUnderstood('trailer', 'the header Trailer did not announce it');
    const received = this.hash.digest('hex');
    if (received !== expected) throw this.mismatch(expected, received);
  }
}

/** 400 when a form says in its field `sha256`, in hex, that the file is another than the one that came. */
export function requireFieldDigest(fields: unknown, sha256: string): void {
  const said = isObject(fields) ? fields.sha256 : undefined;
  if (said !== undefined) requireSha256(readHexSha256(said), sha256);
}

/** In lower case. 400 for anything but 64 hexadecimal digits. */
export function readHexSha256(said: unknown): string {
  if (typeof said === 'string' && HEX_OF_32_BYTES.test(said)) return said.toLowerCase();
  throw notUnderstood('sha256', 'it is not 64 hexadecimal digits', '64 hexadecimal digits');
}

/** 400 when `sha256`, of what came, is another than expected; both in hex, null expects nothing. */
export function requireSha256(expected: string | null, sha256: string): void {
  if (expected !== null && expected !== sha256) throw otherDigest(expected, sha256);
}

const otherDigest = (expected: string, received: string): ProblemError =>
  new ProblemError(
    'bad-request',
    `The body arrived with another digest than announced: nothing was stored. Its SHA-256 is ${received}, expected was ${expected}.`,
    [{ path: '', code: 'digest_mismatch', message: `expected ${expected}, received ${received}` }],
  );

function readDigest(header: string, value: string): string {
  for (const member of value.split(',')) {
    const { bytes, text } = SHA256.exec(member)?.groups ?? {};
    const base64 = bytes ?? text;
    if (base64 === undefined) continue;
    if (BASE64_OF_32_BYTES.test(base64)) return Buffer.from(base64, 'base64').toString('hex');
    throw notUnderstood(header, 'the SHA-256 in it is not the Base64 of 32 bytes');
  }
  throw notUnderstood(header, 'it has no SHA-256, which is what is compared');
}

const notUnderstood = (place: string, why: string, instead = 'sha-256=:<Base64>:'): ProblemError =>
  new ProblemError('bad-request', `The digest in ${place} cannot be checked: ${why}.`, [
    { path: place, code: 'digest_not_understood', message: `expected ${instead}` },
  ]);
