/** Removes, at the start and every hour, resumable uploads that were given up and what crashes left of others. */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { asError } from '../http/errno';
import { Metrics } from '../metrics/metrics';
import { UploadFiles } from './upload-files';

const EVERY_MS = 3_600_000;

@Injectable()
export class UploadSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(UploadSweeper.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: UploadFiles,
    private readonly metrics: Metrics,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.sweep();
    this.timer = setInterval(() => void this.sweep(), EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    try {
      this.metrics.uploadsExpired.inc(await this.files.sweep());
    } catch (error) {
      this.logger.warn({ err: asError(error) }, 'resumable uploads could not be swept');
    }
  }
}
