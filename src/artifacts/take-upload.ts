/** One upload, start to end: may this task take it, receive it, judge again, put it in place. */
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import type { Task } from '../core/model';
import { Metrics } from '../metrics/metrics';
import { TaskStore } from '../tasks/task.store';
import { ArtifactStore } from './artifact.store';
import { attemptOf } from './attempt-header';
import { receiveFile, type ReceivedFile } from './multipart';
import { Spool } from './spool';
import { TaskMutex } from './task-mutex';

export interface UploadOutcome {
  /** false: the same bytes were there under this name already. */
  created: boolean;
  filename: string;
  size: number;
  sha256: string;
}

@Injectable()
export class TakeUpload {
  constructor(
    private readonly config: AppConfig,
    private readonly tasks: TaskStore,
    private readonly files: ArtifactStore,
    private readonly spool: Spool,
    private readonly mutex: TaskMutex,
    private readonly metrics: Metrics,
  ) {}

  /** 400 body or name, 404 unknown task, 409 not the task's to take (any more), 413 too large, 507 disk full. */
  async run(id: TaskId, request: Request, response: Response): Promise<UploadOutcome> {
    const attempt = attemptOf(request);
    // Before the body, so that nobody sends gigabytes in vain; and again after it, since the task moves on meanwhile.
    await this.requireOpen(id, attempt);
    const received = await receiveFile(request, response, this.spool, this.config.uploadMaxBytes);
    try {
      return await this.mutex.run(id, () => this.commit(id, received, attempt));
    } finally {
      await received.file.discard();
    }
  }

  private async commit(
    id: TaskId,
    received: ReceivedFile,
    attempt: AttemptId | null,
  ): Promise<UploadOutcome> {
    const task = await this.requireOpen(id, attempt);
    const { filename, size, sha256 } = received;
    const document = task.status === 'DONE' ? await this.tasks.readDocument(id) : null;
    const existing = await this.files.find(id, filename, document);
    const isSame = existing?.sha256 === sha256;
    if (isSame && (existing.uploaded || task.status === 'DONE'))
      return { created: false, filename, size, sha256 };
    if (existing !== null && task.status === 'DONE') {
      throw new ProblemError('conflict', `Task ${id} is done and has another file named ${filename}.`);
    }
    await this.files.put(id, received, attempt);
    this.metrics.filesReceived.inc();
    this.metrics.fileBytesReceived.inc(size);
    return { created: true, filename, size, sha256 };
  }

  private async requireOpen(id: TaskId, attempt: AttemptId | null): Promise<Task> {
    const task = await this.tasks.read(id);
    if (task === null) throw new ProblemError('not-found', `There is no task ${id}.`);
    if (task.status === 'FAILED' || task.status === 'CANCELLED') {
      throw new ProblemError('conflict', `Task ${id} is ${task.status}; it takes no more files.`);
    }
    if (attempt !== null && attempt !== task.attemptId) {
      throw new ProblemError(
        'conflict',
        `This upload is from another attempt at task ${id} than the current one.`,
      );
    }
    return task;
  }
}
