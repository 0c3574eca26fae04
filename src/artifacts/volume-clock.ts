/** What time it is for the volume that stamps the files, by which their ages are told: this machine's clock may differ. */
import { Injectable } from '@nestjs/common';
import { Spool } from './spool';

/** Two clocks drift apart by less than a millisecond in so long. */
const ASK_EVERY_MS = 10_000;

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
      this.asked = this.spool.volumeNowMs().then((volumeMs) => volumeMs - performance.now());
    }
    try {
      return (await this.asked) + performance.now();
    } catch (error) {
      this.asked = null;
      throw error;
    }
  }
}
