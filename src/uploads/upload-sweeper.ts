/**
 * Removes, at the start and from time to time, resumable uploads that were given up, those that their task would refuse
 * by now, and what crashes left of others.
 */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ProblemError } from '../core/errors';
import { asError } from '../http/errno';
import { Metrics } from '../metrics/metrics';
import { FinishUpload } from './finish-upload';
import { UploadFiles } from './upload-files';
import { UploadLocks } from './upload-locks';

const EVERY_MS = 600_000;

@Injectable()
export class UploadSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(UploadSweeper.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly files: UploadFiles,
    private readonly locks: UploadLocks,
    private readonly finish: FinishUpload,
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
      for (const id of await this.files.ids()) await this.judge(id);
      await this.files.removeStrays();
    } catch (error) {
      this.logger.warn({ err: asError(error) }, 'resumable uploads could not be swept');
    }
  }

  /** What somebody is at moves, and is judged with its next request. */
  private async judge(id: string): Promise<void> {
    const lock = this.locks.lockOf(id);
    if (!(await lock.tryLock())) return;
    try {
      const why = await this.whyGone(id, lock.nowMs);
      if (why === null) return;
      this.metrics.uploadsExpired.inc();
      this.logger.log({ upload_id: id }, `an upload was given up: ${why}`);
    } finally {
      await lock.unlock();
    }
  }

  /** Removes it if it is to go. Why that was; null: it stays, or had been finished. */
  private async whyGone(id: string, nowMs: number): Promise<string | null> {
    const found = await this.files.find(id);
    if (found === null) return null;
    const { record, bytes } = found;
    const isOpen = record.progress.kind !== 'finished';
    if (nowMs > this.files.endMs(found)) {
      await this.files.remove(id);
      return isOpen ? 'nothing came any more, or it took too long' : null;
    }
    if (!isOpen || bytes === null) return null;
    try {
      await this.finish.admit(record);
      return null;
    } catch (error) {
      if (error instanceof ProblemError && (await this.files.find(id)) === null) return error.message;
      throw error;
    }
  }
}
