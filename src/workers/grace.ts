/** Our outage is nobody's fault: for a while after a start, a reconnect or a gap, no worker is declared lost for its silence. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';

@Injectable()
export class Grace {
  /** Sweeps this far apart mean that this process was not looking. */
  readonly gapMs: number;
  private untilMs: number;

  constructor(private readonly config: AppConfig) {
    this.gapMs = 1000 * Math.max(30, 2 * config.sweepIntervalSec);
    this.untilMs = performance.now() + config.recoveryGraceSec * 1000;
  }

  renew(): void {
    this.untilMs = performance.now() + this.config.recoveryGraceSec * 1000;
  }

  /** Whole seconds until it is over. */
  leftSec(): number {
    return Math.max(1, Math.ceil((this.untilMs - performance.now()) / 1000));
  }

  /** Silence may be held against a worker. */
  isOver(): boolean {
    return performance.now() >= this.untilMs;
  }
}
