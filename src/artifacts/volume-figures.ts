/** How full the results volume is, looked up when somebody reads it. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import { Metrics } from '../metrics/metrics';

const ANSWER_WITHIN_MS = 1_000;

@Injectable()
export class VolumeFigures implements OnModuleInit {
  private looking: Promise<void> | null = null;

  constructor(
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.beforeRead(() => this.look());
  }

  /** A volume that does not answer has the figures of the last look, and is asked once. */
  private async look(): Promise<void> {
    this.looking ??= this.read().finally(() => (this.looking = null));
    await Promise.race([this.looking, sleep(ANSWER_WITHIN_MS, undefined, { ref: false })]);
  }

  private async read(): Promise<void> {
    const stats = await statfs(this.config.resultsDir).catch(() => null);
    if (stats === null) return;
    this.metrics.volumeSize.set(stats.blocks * stats.bsize);
    this.metrics.volumeFree.set(stats.bavail * stats.bsize);
  }
}
