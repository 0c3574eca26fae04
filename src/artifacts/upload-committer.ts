/** The way of a whole file to its place: where it belongs as its task is now, put there, and looked at again after it. */
import { Injectable } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { isStoreUnavailable, ProblemError, StorageUnavailable } from '../core/errors';
import type { AttemptId, TaskId } from '../core/ids';
import { deletedProblem } from '../core/retention';
import type { Task, TaskDocument } from '../core/model';
import { errnoOf } from '../http/errno';
import { Metrics } from '../metrics/metrics';
import { TaskRetention } from '../tasks/task-retention';
import { TaskStore } from '../tasks/task.store';
import { type Arrival, ArrivingUploads } from './arriving-uploads';
import { ArtifactStore } from './artifact.store';
import { AttemptFiles } from './attempt-files';
import type { ReceivedFile } from './receive-stream';
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
export class UploadCommitter {
  constructor(
    private readonly config: AppConfig,
    private readonly tasks: TaskStore,
    private readonly files: ArtifactStore,
    private readonly attempts: AttemptFiles,
    private readonly mutex: TaskMutex,
    private readonly arriving: ArrivingUploads,
    private readonly retention: TaskRetention,
    private readonly metrics: Metrics,
  ) {}

  /**
   * The task is held while it is decided, and not while bytes are sent to where they may have their place. Throws what
   * `requireOpen` does, and StorageUnavailable where it is to be asked again later; then, and where the same bytes are
   * there, the file is the caller's to discard.
   */
  async commit(id: TaskId, received: ReceivedFile, attempt: AttemptId | null): Promise<UploadOutcome> {
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
    for (let round = 0; ; round += 1) {
      const outcome = await this.mutex.run(id, () =>
        this.arriving.during(id, attempt, async (arrival) =>
          arrival === 'busy' ? arrival : await this.place(id, received, attempt, placing, arrival),
        ),
      );
      if (outcome !== 'busy') return outcome;
      const pauseMs = PAUSES_MS[round];
      if (pauseMs === undefined)
        throw new StorageUnavailable(new Error('another file of the task was on its way when that ended'));
      await sleep(pauseMs);
    }
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

  /** 404 unknown task, 409 not the task's to take (any more), 410 deleted. */
  async requireOpen(id: TaskId, attempt: AttemptId | null): Promise<Task> {
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
