/**
 * Brings manifests to disk some time after their tasks have ended, one after the other, behind everything else. Whoever
 * asks for one gets it put together anew, so one that is dropped here, or lost with the process, is only not there yet.
 */
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TaskId } from '../core/ids';
import { declaredArtifacts } from '../core/manifest/declared';
import { asError } from '../http/errno';
import { RESULT_STORED, type ResultStoredEvent } from '../results/result-committer';
import { TASK_SUCCEEDED, type TaskSucceededEvent } from '../results/result-intake';
import { KnownTasks } from '../tasks/known-tasks';
import { Manifests } from './manifests';

/** Until then the next stages have been sent out, and late files have come. */
const AFTER_MS = 2_000;
/** Between two of them, so that a burst of ends does not become a burst of files. */
const PAUSE_MS = 20;
const MAX_WAITING = 10_000;

@Injectable()
export class ManifestWriter implements BeforeApplicationShutdown {
  private readonly logger = new Logger(ManifestWriter.name);
  /** Since when each waits, oldest first. */
  private readonly waiting = new Map<TaskId, number>();
  private readonly stopped = new AbortController();
  private work: Promise<void> | null = null;

  constructor(
    private readonly manifests: Manifests,
    private readonly known: KnownTasks,
  ) {}

  /** A result alone has nothing more to tell. */
  @OnEvent(RESULT_STORED)
  onResult({ taskId, hasFiles }: ResultStoredEvent): void {
    if (hasFiles || this.tellsMore(taskId)) this.add(taskId);
  }

  /** What its worker has left is not known before it is looked at. */
  @OnEvent(TASK_SUCCEEDED)
  onSuccess({ taskId }: TaskSucceededEvent): void {
    this.add(taskId);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.work;
  }

  private tellsMore(id: TaskId): boolean {
    const task = this.known.doneOne(id);
    const document = this.known.documentOf(id);
    if (task === null || document === null) return true;
    return task.dependsOn.length > 0 || task.parallel || declaredArtifacts(document).length > 0;
  }

  private add(id: TaskId): void {
    if (this.stopped.signal.aborted || this.waiting.size >= MAX_WAITING) return;
    this.waiting.delete(id);
    this.waiting.set(id, performance.now());
    this.work ??= this.writeAll().finally(() => (this.work = null));
  }

  private async writeAll(): Promise<void> {
    const { signal } = this.stopped;
    for (;;) {
      const [oldest] = this.waiting;
      if (oldest === undefined) return;
      const [id, since] = oldest;
      try {
        await sleep(Math.max(PAUSE_MS, since + AFTER_MS - performance.now()), undefined, {
          signal,
          ref: false,
        });
      } catch {
        return; // The service stops.
      }
      // It may have been put off meanwhile.
      if (this.waiting.get(id) !== since) continue;
      this.waiting.delete(id);
      await this.write(id);
    }
  }

  private async write(id: TaskId): Promise<void> {
    try {
      await this.manifests.of(id);
    } catch (error) {
      this.logger.debug(
        { task_id: id, err: asError(error) },
        'a manifest is not written before it is asked for',
      );
    }
  }
}
