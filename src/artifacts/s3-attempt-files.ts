/** Uploads of attempts in object storage. Nothing is moved: those of the winner are the task's where they are. */
import { Injectable } from '@nestjs/common';
import type { AttemptId, TaskId } from '../core/ids';
import { AttemptFiles } from './attempt-files';
import { Bucket } from './bucket';
import { attemptsOf, filesOf } from './object-keys';

@Injectable()
export class S3AttemptFiles extends AttemptFiles {
  constructor(private readonly bucket: Bucket) {
    super();
  }

  async promote(id: TaskId, winner: AttemptId | null): Promise<boolean> {
    return (await this.removeOthers(id, winner)) > 0;
  }

  async keepOnly(id: TaskId, attempt: AttemptId | null): Promise<void> {
    await this.removeOthers(id, attempt);
  }

  async remove(id: TaskId, attempt: AttemptId): Promise<void> {
    await this.bucket.removeBelow(filesOf(id, attempt));
  }

  /** How many attempts there were. */
  private async removeOthers(id: TaskId, attempt: AttemptId | null): Promise<number> {
    const all = attemptsOf(id);
    const attempts = await this.bucket.names(all);
    for (const name of attempts) if (name !== `${attempt ?? ''}/`) await this.bucket.removeBelow(all + name);
    return attempts.length;
  }
}
