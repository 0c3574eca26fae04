/** Our outage is nobody's fault: for a while after a start, a reconnect or a gap, no worker is declared lost for its silence. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';

/** Sweeps this far apart mean that this process was not looking. */
export const GAP_MS = 30_000;

@Injectable()
export class Grace {
  private untilMs: number;

  constructor(private readonly config: AppConfig) {
    this.untilMs = performance.now() + config.recoveryGraceSec * 1000;
  }

  renew(): void {
    this.untilMs = performance.now() + this.config.recoveryGraceSec * 1000;
  }

  /** Silence may be held against a worker. */
  isOver(): boolean {
    return performance.now() >= this.untilMs;
  }
}
