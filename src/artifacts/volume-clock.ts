/** What time it is for the volume that stamps the files, by which their ages are told: this machine's clock may differ. */
import { Injectable } from '@nestjs/common';
import { Spool } from './spool';

/** Two clocks drift apart by less than a millisecond in so long. */
const ASK_EVERY_MS = 10_000;
/** An answer that came late, since this machine was busy, says little. */
const QUESTIONS = 3;

@Injectable()
export class VolumeClock {
  private asked: Promise<number> | null = null;
  private askedAtMs = -Infinity;

  constructor(private readonly spool: Spool) {}

  /** Milliseconds since 1970. */
  async nowMs(): Promise<number> {
    const now = performance.now();
    if (this.asked === null || now - this.askedAtMs > ASK_EVERY_MS) {
      this.askedAtMs = now;
      this.asked = this.aheadMs();
    }
    try {
      return (await this.asked) + performance.now();
    } catch (error) {
      this.asked = null;
      throw error;
    }
  }

  /** By how much it is ahead of the steady clock, as the quickest of some answers has it. */
  private async aheadMs(): Promise<number> {
    let [best, aheadMs] = [Infinity, 0];
    for (let i = 0; i < QUESTIONS; i += 1) {
      const before = performance.now();
      const volumeMs = await this.spool.volumeNowMs();
      const tookMs = performance.now() - before;
      if (tookMs < best) [best, aheadMs] = [tookMs, volumeMs - before];
    }
    return aheadMs;
  }
}
