/** One upload, start to end: may this task take it, receive it, judge again, put it in place; or keep it for later. */
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { isStoreUnavailable, ProblemError, StorageUnavailable } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import { formatTime } from '../core/lifecycle/time';
import { deletedProblem } from '../core/retention';
import type { Task, TaskDocument } from '../core/model';
import { errnoOf } from '../http/errno';
import { Metrics } from '../metrics/metrics';
import { RedisClock } from '../redis/redis-clock';
import { RequestTraces } from '../tasks/request-traces';
import { TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import { type Arrival, ArrivingUploads } from './arriving-uploads';
import { ArtifactStore } from './artifact.store';
import { AttemptFiles } from './attempt-files';
import { attemptOf } from './attempt-header';
import { BodyDigest, expectedSha256, requireDigest, requireFieldDigest } from './expected-digest';
import { Inbox } from './inbox';
import type { KeptUpload } from './kept';
import { receivePart } from './multipart';
import { receiveBody } from './receive-body';
import type { ReceivedFile, Reception } from './receive-stream';
import { Spool } from './spool';
import type { SpoolFile } from './spool-file';
import { nameTaken, type Placing, type Shelf } from './stored-file';
import { TaskMutex } from './task-mutex';

export interface UploadOutcome {
  /** `same`: these bytes were there under this name already. `kept`: it is judged when the task store answers again. */
  kind: 'created' | 'same' | 'kept';
  filename: string;
  size: number;
  sha256: string;
}

type Judged =
  /** These bytes are there under this name. */
  { kind: 'same' } | { kind: 'new'; shelf: Shelf; document: TaskDocument | null };

/** Between judging and placing the directories of an attempt can go, a name be taken, a task end: then it is judged again. */
const MAX_ROUNDS = 3;
/** What was on its way when the task ended comes to its place within milliseconds, or its replica has died over it. */
const PAUSES_MS = [10, 50, 200, 1_000];

@Injectable()
export class TakeUpload {
  constructor(
    private readonly config: AppConfig,
    private readonly tasks: TaskStore,
    private readonly files: ArtifactStore,
    private readonly attempts: AttemptFiles,
    private readonly spool: Spool,
    private readonly inbox: Inbox,
    private readonly mutex: TaskMutex,
    private readonly clock: RedisClock,
    private readonly arriving: ArrivingUploads,
    private readonly retention: TaskRetention,
    private readonly traces: RequestTraces,
    private readonly metrics: Metrics,
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
      () => this.requireOpen(id, attempt),
      () => Promise.resolve(),
    );
  }

  /** Judges a whole file and puts it in place, or keeps it. Unless it has its place then, it is the caller's to discard. */
  take(id: TaskId, received: ReceivedFile, attempt: AttemptId | null): Promise<UploadOutcome> {
    return this.inbox.whileAway(
      () => this.commit(id, received, attempt),
      () => this.keep(id, received, attempt),
    );
  }

  /** One that was kept, judged now. Throws what `run` answers when it does not belong. */
  async runKept(kept: KeptUpload, file: SpoolFile): Promise<void> {
    const { taskId, attemptId, filename, sizeBytes: size, sha256, receivedAt } = kept;
    const { kind } = await this.commit(taskId, { file, filename, size, sha256, receivedAt }, attemptId);
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

  /** The task is held while it is decided, and not while bytes are sent to where they may have their place. */
  private async commit(
    id: TaskId,
    received: ReceivedFile,
    attempt: AttemptId | null,
  ): Promise<UploadOutcome> {
    const shelf = async (): Promise<Shelf | null> => {
      const judged = await this.judge(id, received, attempt);
      return judged.kind === 'same' ? null : judged.shelf;
    };
    for (let round = 1; ; round += 1) {
      const placing = await this.files.begin(received, shelf);
      try {
        const outcome = await this.placeInTurn(id, received, attempt, placing);
        if (outcome !== null) return outcome;
        if (round === MAX_ROUNDS) throw new StorageUnavailable(new Error('the task changed each time'));
      } catch (error) {
        const code = errnoOf(error);
        if (code !== 'ENOENT' && code !== 'EEXIST') throw error;
        if (round === MAX_ROUNDS) throw code === 'EEXIST' ? nameTaken(id, received.filename) : error;
      } finally {
        await placing.end();
      }
    }
  }

  /** After those that were on their way when the task ended. null: it is to be begun anew. */
  private async placeInTurn(
    id: TaskId,
    received: ReceivedFile,
    attempt: AttemptId | null,
    placing: Placing,
  ): Promise<UploadOutcome | null> {
    for (const pauseMs of PAUSES_MS) {
      const outcome = await this.mutex.run(id, () =>
        this.arriving.during(id, attempt, async (arrival) =>
          arrival === 'busy' ? arrival : await this.place(id, received, attempt, placing, arrival),
        ),
      );
      if (outcome !== 'busy') return outcome;
      await sleep(pauseMs);
    }
    throw new StorageUnavailable(new Error('another file of the task was on its way when that ended'));
  }

  /** null: the task has changed since it was judged. */
  private async place(
    id: TaskId,
    received: ReceivedFile,
    attempt: AttemptId | null,
    placing: Placing,
    arrival: Exclude<Arrival, 'busy'>,
  ): Promise<UploadOutcome | null> {
    const { filename, size, sha256 } = received;
    const judged = await this.judge(id, received, attempt);
    if (judged.kind === 'same') return { kind: 'same', filename, size, sha256 };
    const { shelf, document } = judged;
    if (arrival !== (shelf.isDone ? 'done' : 'applied')) return null;
    if (!(await placing.put(shelf))) return null;
    crashPoint('upload.staged');
    if (shelf.isDone || shelf.attempt !== null) await this.settle(id, shelf.attempt, filename);
    if (shelf.isDone && this.config.artifactQuotaBytes > 0) await this.countAgain(id, document);
    this.metrics.filesReceived.inc();
    this.metrics.fileBytesReceived.inc(size);
    return { kind: 'created', filename, size, sha256 };
  }

  /** Where it belongs, as things are now. 404 unknown task, 409 not the task's to take (any more). */
  private async judge(
    id: TaskId,
    { filename, sha256 }: ReceivedFile,
    attempt: AttemptId | null,
  ): Promise<Judged> {
    const task = await this.requireOpen(id, attempt);
    const isDone = task.status === 'DONE';
    // Of a task that is done, the files that are there are the winner's.
    if (isDone) await this.attempts.promote(id, task.attemptId);
    const shelf = { id, attempt: isDone ? null : attempt, isDone };
    const document = isDone ? await this.tasks.readDocument(id) : null;
    const existing = await this.files.findOn(shelf, filename, document);
    if (existing?.sha256 === sha256 && (existing.uploaded || isDone)) return { kind: 'same' };
    if (existing !== null && isDone) {
      throw nameTaken(id, filename);
    }
    return { kind: 'new', shelf, document };
  }

  /** The task may have ended, or moved on to another attempt, by another replica while the file was staged. */
  private async settle(id: TaskId, attempt: AttemptId | null, filename: string): Promise<void> {
    let task: Task | null;
    try {
      task = await this.tasks.read(id);
    } catch (error) {
      // It is where it belongs; whoever reads it later sees what became of the task.
      if (isStoreUnavailable(error)) return;
      throw error;
    }
    if (task !== null && task.deletedBecause !== null) {
      // What was deleted does not come back by what was late.
      await this.files.removeAll(id, await this.tasks.readDocument(id), task.deletedBecause);
      throw deletedProblem(id, task.deletedAtUs, task.deletedBecause);
    }
    if (attempt === null) return;
    if (task?.attemptId === attempt) {
      if (task.status === 'DONE') await this.attempts.promote(id, attempt);
      return;
    }
    await this.attempts.remove(id, attempt);
    throw movedOn(id, filename);
  }

  /** The task's bytes were counted at its end. */
  private async countAgain(id: TaskId, document: TaskDocument | null): Promise<void> {
    await this.retention.noteSize(id, await this.files.sizeOf(id, document));
  }

  private async requireOpen(id: TaskId, attempt: AttemptId | null): Promise<Task> {
    const task = await this.tasks.read(id);
    if (task === null) throw new ProblemError('not-found', `There is no task ${id}.`);
    if (task.deletedBecause !== null) throw deletedProblem(id, task.deletedAtUs, task.deletedBecause);
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

const movedOn = (id: TaskId, filename: string): ProblemError =>
  new ProblemError('conflict', `Task ${id} has moved on to another attempt while ${filename} came in.`);

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
