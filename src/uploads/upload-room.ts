/**
 * How many bytes open uploads take, on all replicas together: of one whose length is known, all of it, so that what was
 * begun can end; of the others, what has come. All replicas share the volume, so what is there counts.
 */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { UploadFiles } from './upload-files';

/** What other replicas have added shows after this time. */
const FRESH_MS = 1_000;

interface Claim {
  readonly bytes: number;
  /** Nothing that comes can make it another. */
  isFinal: boolean;
  /** When it was made here, by the clock of this process; Infinity while it is not on the volume yet. */
  madeAt: number;
}

/** With what they come to: an upload of unknown length asks with each piece that comes. */
class Claims {
  private readonly byId = new Map<string, Claim>();
  private bytes = 0;

  [Symbol.iterator](): Iterator<[string, Claim]> {
    return this.byId.entries();
  }

  get(id: string): Claim | undefined {
    return this.byId.get(id);
  }

  set(id: string, claim: Claim): void {
    this.bytes += claim.bytes - this.bytesOf(id);
    this.byId.set(id, claim);
  }

  delete(id: string): void {
    this.bytes -= this.bytesOf(id);
    this.byId.delete(id);
  }

  bytesBeside(id: string): number {
    return this.bytes - this.bytesOf(id);
  }

  private bytesOf(id: string): number {
    return this.byId.get(id)?.bytes ?? 0;
  }
}

@Injectable()
export class UploadRoom {
  private readonly maxBytes: number;
  private claims = new Claims();
  private freshUntil = 0;
  private looking: Promise<void> | null = null;

  constructor(
    config: AppConfig,
    private readonly files: UploadFiles,
  ) {
    this.maxBytes = config.openUploadsMaxBytes;
  }

  /** An upload will be so long, as `note` writes down. 507, and nothing written, when it does not fit. */
  async announce(id: string, bytes: number, note: () => Promise<void>): Promise<void> {
    const claim = { bytes, isFinal: true, madeAt: Infinity };
    await this.take(id, claim);
    try {
      await note();
      claim.madeAt = performance.now();
    } catch (error) {
      this.claims.delete(id);
      throw error;
    }
  }

  /** An upload of unknown length is to be so long with what has just come. 507 when that does not fit. */
  async grow(id: string, bytes: number): Promise<void> {
    await this.take(id, { bytes, isFinal: false, madeAt: performance.now() });
  }

  private async take(id: string, claim: Claim): Promise<void> {
    if (this.maxBytes === 0) return;
    if (performance.now() > this.freshUntil || !this.fits(id, claim.bytes)) await this.measure();
    if (!this.fits(id, claim.bytes)) throw noRoom(this.maxBytes);
    this.claims.set(id, claim);
  }

  private fits(id: string, bytes: number): boolean {
    return this.claims.bytesBeside(id) + bytes <= this.maxBytes;
  }

  private async measure(): Promise<void> {
    this.looking ??= this.look().finally(() => (this.looking = null));
    await this.looking;
  }

  private async look(): Promise<void> {
    const since = performance.now();
    const found = new Claims();
    for (const id of await this.files.openIds()) {
      const known = this.claims.get(id);
      found.set(id, known?.isFinal === true ? known : { ...(await this.files.extentOf(id)), madeAt: since });
    }
    // What was claimed here meanwhile may have been looked for too early.
    for (const [id, claim] of this.claims) if (claim.madeAt >= since) found.set(id, claim);
    this.claims = found;
    this.freshUntil = since + FRESH_MS;
  }
}

const noRoom = (maxBytes: number): ProblemError =>
  new ProblemError(
    'insufficient-storage',
    `Open uploads take at most ${String(maxBytes)} bytes together (OPEN_UPLOADS_MAX_BYTES), and this does not fit beside the others; finish or terminate one, or try again later.`,
    [],
    { 'Retry-After': '60' },
  );
