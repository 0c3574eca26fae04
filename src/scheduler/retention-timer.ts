/** Lets what is due be deleted every RETENTION_INTERVAL_SEC, where this replica schedules, and beside everything else. */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { Leadership } from '../redis/leadership';
import { logFault } from '../redis/log-fault';
import { Retention } from '../results/retention';

@Injectable()
export class RetentionTimer {
  private readonly logger = new Logger(RetentionTimer.name);
  private readonly intervalMs: number;
  private timer: NodeJS.Timeout | null = null;
  private isOn = false;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly retention: Retention,
    private readonly leadership: Leadership,
    config: AppConfig,
  ) {
    this.intervalMs = config.retentionIntervalSec * 1000;
  }

  start(): void {
    this.isOn = true;
    this.expect();
  }

  /** Ends when a run that is on its way has ended, which it does with the task that it is at. */
  async stop(): Promise<void> {
    this.isOn = false;
    if (this.timer !== null) clearTimeout(this.timer);
    await this.running;
  }

  private expect(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.running = this.run();
    }, this.intervalMs).unref();
  }

  private async run(): Promise<void> {
    const { epoch } = this.leadership;
    try {
      await this.retention.run(epoch, () => this.isOn && this.leadership.epoch === epoch);
    } catch (error) {
      logFault(this.logger, error, 'what is due could not be deleted; the next run goes on');
    }
    if (this.isOn) this.expect();
  }
}
