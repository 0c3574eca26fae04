/** How much the inbox holds and may hold: all replicas share the volume, so what is on disk counts. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '../core/errors';
import { withoutRecord } from './kept';
import { orNull } from './task-directory';

/** Names and inodes take room too: many small entries are as bad as a few large ones. */
const BYTES_PER_ENTRY = 4096;
/** What other replicas have added shows after this time, or later where looking takes long. */
const MEASURE_EVERY_MS = 1000;
/** At most this part of the time is spent on looking. */
const SHARE_OF_TIME = 0.05;

/** The room that one body takes while it comes. */
export interface BodyRoom {
  /** So many more bytes have come. Throws 503 when they could not be kept. */
  take(bytes: number): void;
  leave(): void;
}

export class InboxRoom {
  private used = 0;
  private onTheWay = 0;
  private freshUntil = 0;
  private measuring: Promise<void> | null = null;

  constructor(
    private readonly directory: string,
    private readonly maxBytes: number,
  ) {}

  /** `isAway`: whether bodies will have to be kept, as things are. */
  async enter(isAway: () => boolean, announced: number): Promise<BodyRoom> {
    if (isAway()) await this.require(announced);
    let taken = 0;
    return {
      take: (bytes) => {
        taken += bytes;
        this.onTheWay += bytes;
        if (isAway() && this.used + this.onTheWay > this.maxBytes) throw noRoom();
      },
      leave: () => {
        this.onTheWay -= taken;
        taken = 0;
      },
    };
  }

  /** Throws 503 unless so many bytes more can be kept. */
  async require(bytes: number): Promise<void> {
    await this.measure();
    if (this.used + bytes + BYTES_PER_ENTRY > this.maxBytes) throw noRoom();
  }

  /** One more is kept. */
  add(bytes: number): void {
    this.used += bytes + BYTES_PER_ENTRY;
  }

  private async measure(): Promise<void> {
    if (performance.now() < this.freshUntil) return;
    this.measuring ??= this.look().finally(() => (this.measuring = null));
    await this.measuring;
  }

  private async look(): Promise<void> {
    const started = performance.now();
    let used = 0;
    const names = (await orNull(readdir(this.directory))) ?? [];
    // What a crash left is nobody's, and takes no room from what comes.
    const nobodys = new Set(withoutRecord(names));
    for (const name of names) {
      if (nobodys.has(name)) continue;
      const stats = await orNull(stat(join(this.directory, name)));
      if (stats !== null) used += stats.size + BYTES_PER_ENTRY / 2;
    }
    this.used = used;
    const now = performance.now();
    this.freshUntil = now + Math.max(MEASURE_EVERY_MS, (now - started) / SHARE_OF_TIME);
  }
}

const noRoom = (): ProblemError =>
  new ProblemError(
    'unavailable',
    'The task store does not answer, and no more can be kept for it; try again.',
    [],
    { 'Retry-After': '5' },
  );
