/** One upload, start to end: may this task take it, receive it, put it in place by `UploadCommitter`; or keep it for later. */
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import type { AttemptId, TaskId } from '../core/ids';
import { formatTime } from '../core/lifecycle/time';
import { RedisClock } from '../redis/redis-clock';
import { RequestTraces } from '../tasks/request-traces';
import { attemptOf } from './attempt-header';
import { BodyDigest, expectedSha256, requireDigest, requireFieldDigest } from './expected-digest';
import { Inbox } from './inbox';
import type { KeptUpload } from './kept';
import { receivePart } from './multipart';
import { receiveBody } from './receive-body';
import type { ReceivedFile, Reception } from './receive-stream';
import { Spool } from './spool';
import type { SpoolFile } from './spool-file';
import { UploadCommitter, type UploadOutcome } from './upload-committer';

@Injectable()
export class TakeUpload {
  constructor(
    private readonly config: AppConfig,
    private readonly committer: UploadCommitter,
    private readonly spool: Spool,
    private readonly inbox: Inbox,
    private readonly clock: RedisClock,
    private readonly traces: RequestTraces,
  ) {}

  /** The file in a multipart body, which brings its name. Throws what `run` does. */
  post(id: TaskId, request: Request, response: Response): Promise<UploadOutcome> {
    const digest = new BodyDigest(request);
    return this.run(id, request, async (reception) =>
      checked(await receivePart(request, response, reception, digest), ({ sha256 }) => {
        digest.require();
        requireFieldDigest(request.body, sha256);
      }),
    );
  }

  /** The file that is the whole body. It must be what the request says of it. Throws what `run` does. */
  put(id: TaskId, filename: string, request: Request): Promise<UploadOutcome> {
    // A digest that cannot be checked is said before the body.
    expectedSha256(request.headers);
    return this.run(id, request, async (reception) =>
      checked(await receiveBody(request, filename, reception), ({ sha256 }) => {
        requireDigest(request, sha256);
      }),
    );
  }

  /**
   * 400 body, name or digest, 404 unknown task, 409 not the task's to take (any more), 413 too large, 503 the task store
   * is away and the inbox full, 507 disk full.
   */
  private async run(
    id: TaskId,
    request: Request,
    receive: (reception: Reception) => Promise<ReceivedFile>,
  ): Promise<UploadOutcome> {
    const attempt = attemptOf(request);
    this.traces.concerns(request, id, attempt);
    await this.admit(id, attempt);
    const room = await this.inbox.roomFor(request.headers['content-length']);
    try {
      const received = await receive({
        spool: this.spool,
        maxBytes: this.config.uploadMaxBytes,
        room,
        receivedAt: formatTime(this.clock.guessUs()),
      });
      crashPoint('upload.received');
      try {
        return await this.take(id, received, attempt);
      } finally {
        await received.file.discard();
      }
    } finally {
      room.leave();
    }
  }

  /**
   * Before the body, so that nobody sends gigabytes in vain; and again after it, by `take`, since the task moves on
   * meanwhile. 404 unknown task, 409 not the task's to take.
   */
  async admit(id: TaskId, attempt: AttemptId | null): Promise<void> {
    await this.inbox.whileAway<unknown>(
      () => this.committer.requireOpen(id, attempt),
      () => Promise.resolve(),
    );
  }

  /** Judges a whole file and puts it in place, or keeps it. Unless it has its place then, it is the caller's to discard. */
  take(id: TaskId, received: ReceivedFile, attempt: AttemptId | null): Promise<UploadOutcome> {
    return this.inbox.whileAway(
      () => this.committer.commit(id, received, attempt),
      () => this.keep(id, received, attempt),
    );
  }

  /** One that was kept, judged now. Throws what `run` answers when it does not belong. */
  async runKept(kept: KeptUpload, file: SpoolFile): Promise<void> {
    const { taskId, attemptId, filename, sizeBytes: size, sha256, receivedAt } = kept;
    const { kind } = await this.committer.commit(
      taskId,
      { file, filename, size, sha256, receivedAt },
      attemptId,
    );
    if (kind === 'same') await file.discard();
  }

  private async keep(
    id: TaskId,
    received: ReceivedFile,
    attemptId: AttemptId | null,
  ): Promise<UploadOutcome> {
    const { file, filename, size, sha256, receivedAt } = received;
    await this.inbox.keep(
      { kind: 'upload', taskId: id, attemptId, filename, sizeBytes: size, sha256, receivedAt },
      file,
    );
    return { kind: 'kept', filename, size, sha256 };
  }
}

/** The file, unless `check` throws: then it is gone. */
async function checked(
  received: ReceivedFile,
  check: (received: ReceivedFile) => void,
): Promise<ReceivedFile> {
  try {
    check(received);
    return received;
  } catch (error) {
    await received.file.discard();
    throw error;
  }
}
