/**
 * What one request says that its body is: `Upload-Checksum: sha1 <Base64>`, of the tus extension of that name, or a digest
 * as any other request has it.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { BodyDigest } from '../artifacts/expected-digest';
import { ProblemError } from '../core/errors';

/** The protocol wants `sha1`. */
export const CHECKSUM_ALGORITHMS = ['sha1', 'sha256'];

export interface ChunkChecksum {
  update(chunk: Uint8Array): void;
  /** 460 when the body is another; 400 when it did not come whole, so that nobody can say. */
  require(): void;
}

/** null when the request says nothing; 400 for an unknown algorithm or a header that is no checksum. */
export function announcedChecksum(request: IncomingMessage): ChunkChecksum | null {
  const [checksum, digest] = [uploadChecksum(request), bodyDigest(request)];
  if (checksum === null || digest === null) return checksum ?? digest;
  return {
    update: (chunk) => {
      checksum.update(chunk);
      digest.update(chunk);
    },
    require: () => {
      checksum.require();
      digest.require();
    },
  };
}

function uploadChecksum(request: IncomingMessage): ChunkChecksum | null {
  const value = request.headers['upload-checksum'];
  if (value === undefined) return null;
  const [algorithm = '', said = ''] = String(value).split(' ');
  if (!CHECKSUM_ALGORITHMS.includes(algorithm) || said === '') {
    throw new ProblemError('bad-request', 'Upload-Checksum cannot be checked.', [
      {
        path: 'upload-checksum',
        code: 'digest_not_understood',
        message: `expected one of ${CHECKSUM_ALGORITHMS.join(', ')}, a space, and the digest in Base64`,
      },
    ]);
  }
  const hash = createHash(algorithm);
  return {
    update: (chunk) => hash.update(chunk),
    require: () => {
      requireWhole(request);
      const received = hash.digest('base64');
      if (received !== said) throw damaged(said, received);
    },
  };
}

function bodyDigest(request: IncomingMessage): ChunkChecksum | null {
  const digest = new BodyDigest(request, damaged);
  if (!digest.isSaid) return null;
  return {
    update: (chunk) => {
      digest.update(chunk);
    },
    require: () => {
      requireWhole(request);
      digest.require();
    },
  };
}

function requireWhole(request: IncomingMessage): void {
  if (!request.complete) throw new ProblemError('bad-request', 'The body broke off.');
}

const damaged = (expected: string, received: string): ProblemError =>
  new ProblemError('checksum-mismatch', 'This part arrived damaged and was dropped: send it again.', [
    { path: '', code: 'digest_mismatch', message: `expected ${expected}, received ${received}` },
  ]);
