/**
 * The end of a resumable upload: what came is compared with what was announced, and goes the way of every other
 * uploaded file. Each step can be repeated, by any replica, after a crash at any point.
 */
import { Injectable } from '@nestjs/common';
import { ArtifactStore } from '../artifacts/artifact.store';
import { requireSha256 } from '../artifacts/expected-digest';
import { TakeUpload } from '../artifacts/take-upload';
import { ProblemError } from '../core/errors';
import { formatTime } from '../core/lifecycle/time';
import { RedisClock } from '../redis/redis-clock';
import { TaskStore } from '../tasks/task.store';
import { RunningDigests } from './running-digests';
import { UploadFiles } from './upload-files';
import type { Outcome, UploadRecord } from './upload-record';

/** What no later try could change: the upload is removed with it. */
const FINAL = new Set(['bad-request', 'not-found', 'conflict', 'gone']);

@Injectable()
export class FinishUpload {
  constructor(
    private readonly files: UploadFiles,
    private readonly digests: RunningDigests,
    private readonly uploads: TakeUpload,
    private readonly artifacts: ArtifactStore,
    private readonly tasks: TaskStore,
    private readonly clock: RedisClock,
  ) {}

  /** As early as it is known that a task takes no more. Throws what `TakeUpload.admit` does. */
  async admit(record: UploadRecord): Promise<void> {
    await this.orRemoved(record, () => this.uploads.admit(record.taskId, record.attemptId));
  }

  /** All bytes are there. Throws 400 for another digest and what `TakeUpload.take` does; what is refused is gone. */
  finish(record: UploadRecord, size: number): Promise<UploadRecord> {
    return this.orRemoved(record, async () => {
      const { id, taskId, attemptId, filename, expectedSha256 } = record;
      const sha256 = this.digests.take(id, size)?.digest('hex') ?? (await this.files.digest(id));
      requireSha256(expectedSha256, sha256);
      // So that, when the bytes have left and nothing says where to, it can be looked up.
      await this.files.save({ ...record, progress: { kind: 'finishing', sha256 } });
      const file = this.files.data(id);
      const receivedAt = formatTime(this.clock.guessUs());
      const { kind } = await this.uploads.take(
        taskId,
        { file, filename, size, sha256, receivedAt },
        attemptId,
      );
      await file.discard();
      return this.finished(record, sha256, kind);
    });
  }

  /** The bytes are not there any more: a crash came between their move and our note of it, or they are lost (410). */
  recover(record: UploadRecord): Promise<UploadRecord> {
    return this.orRemoved(record, async () => {
      const { progress, taskId, filename } = record;
      if (progress.kind === 'finishing') {
        // Says so when the task store is away: then not all that is there can be seen.
        await this.tasks.read(taskId);
        const placed = await this.artifacts.find(taskId, filename, null);
        if (placed?.sha256 === progress.sha256) return this.finished(record, progress.sha256, 'created');
      }
      throw new ProblemError('gone', 'What had come of this upload is not here any more; begin it again.');
    });
  }

  private async finished(record: UploadRecord, sha256: string, outcome: Outcome): Promise<UploadRecord> {
    const finished: UploadRecord = { ...record, progress: { kind: 'finished', sha256, outcome } };
    await this.files.note(finished);
    return finished;
  }

  private async orRemoved<T>({ id }: UploadRecord, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ProblemError && FINAL.has(error.slug)) await this.files.remove(id);
      throw error;
    }
  }
}
