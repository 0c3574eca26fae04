/** Size and digests of envelopes as they are served: read once for each that is asked about. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { createHash } from 'node:crypto';
import { scannerInto } from './digest-envelope';
import type { OpenEnvelope } from './open-envelope';

export interface Figures {
  /** Of the whole envelope, in bytes. */
  sizeBytes: number;
  /** Hex, of the whole envelope. */
  sha256: string;
  /** Hex, of the bytes of its `result` member. */
  resultSha256: string;
  /** ISO 8601: when it was written. */
  time: string;
}

const MAX_REMEMBERED = 10_000;

@Injectable()
export class ResultFigures {
  private readonly known = new LRUCache<string, Figures>({ max: MAX_REMEMBERED });

  /** SHA-256 (hex) of the whole envelope, where it was read before; null: nobody has. */
  knownSha256(envelope: OpenEnvelope): string | null {
    return this.known.get(envelope.fingerprint)?.sha256 ?? null;
  }

  /** The envelope stays open. Fails when it is cut while it is read. */
  async of(envelope: OpenEnvelope): Promise<Figures> {
    const known = this.known.get(envelope.fingerprint);
    if (known !== undefined) return known;
    const whole = createHash('sha256');
    const inside = createHash('sha256');
    const scanner = scannerInto(inside);
    for await (const chunk of envelope.bytes()) {
      whole.update(chunk);
      scanner.push(chunk);
    }
    scanner.finish();
    await envelope.requireUnchanged();
    const { length: sizeBytes, time } = envelope;
    const figures = { sizeBytes, sha256: whole.digest('hex'), resultSha256: inside.digest('hex'), time };
    this.known.set(envelope.fingerprint, figures);
    return figures;
  }
}
