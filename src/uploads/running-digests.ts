/**
 * The SHA-256 of uploads as far as they have come through this process. It cannot be stored, so one that was continued
 * elsewhere or before a restart has none here: its file is read once when it is whole.
 */
import { Injectable } from '@nestjs/common';
import { createHash, type Hash } from 'node:crypto';
import { LRUCache } from 'lru-cache';

const MOST = 1_000;

@Injectable()
export class RunningDigests {
  private readonly known = new LRUCache<string, { hash: Hash; bytes: number }>({ max: MOST });

  /** The hash over exactly so many first bytes, to go on with; null when it is not known here. */
  take(id: string, bytes: number): Hash | null {
    const found = this.known.get(id);
    this.known.delete(id);
    if (bytes === 0) return createHash('sha256');
    return found?.bytes === bytes ? found.hash : null;
  }

  keep(id: string, bytes: number, hash: Hash | null): void {
    if (hash !== null) this.known.set(id, { hash, bytes });
  }
}
