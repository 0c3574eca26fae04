/**
 * How many bytes results and files of tasks take. Those of tasks that have ended are measured once and remembered with the
 * task; those of tasks that are under way change, and are measured whenever somebody asks.
 */
import { Injectable } from '@nestjs/common';
import { ArtifactStore } from '../artifacts/artifact.store';
import type { TaskId } from '../core/ids';
import type { TaskStatus } from '../core/model';
import { DAY_SEC } from '../core/retention';
import { RedisClock } from '../redis/redis-clock';
import { TaskRetention } from '../tasks/task-retention';
import { type Cursor, TaskStore } from '../tasks/task.store';

const BATCH = 100;
/** How often every ended task is looked at again: clocks may go back, and a worker may write after its task has ended. */
const ANEW_EVERY_MS = 3_600_000;
/** For so long after the end of its task. */
const LATE_US = DAY_SEC * 1_000_000;

/** In which an attempt may have left files; that of a task that has not gone out yet is rare, and queues are long. */
const UNDER_WAY: readonly TaskStatus[] = ['DISPATCHED', 'RUNNING', 'WAITING'];

@Injectable()
export class StoredBytes {
  /** Up to which end tasks were measured, and when that begins anew. */
  private measuredUpToUs = 0;
  private anewAfterMs = 0;

  constructor(
    private readonly retention: TaskRetention,
    private readonly artifacts: ArtifactStore,
    private readonly tasks: TaskStore,
    private readonly clock: RedisClock,
  ) {}

  /** What was measured may belong to another history of tasks. */
  beginAnew(): void {
    this.measuredUpToUs = 0;
  }

  /** @param isWanted is asked before each look at the disk; false ends the measuring, and what is known is the answer */
  async total(isWanted: () => boolean): Promise<number> {
    await this.measureEnded(isWanted);
    return (await this.retention.storedBytes()) + (await this.underWay(isWanted));
  }

  private async measureEnded(isWanted: () => boolean): Promise<void> {
    const nowUs = await this.clock.nowUs();
    if (performance.now() > this.anewAfterMs) {
      this.anewAfterMs = performance.now() + ANEW_EVERY_MS;
      this.measuredUpToUs = 0;
      if (this.artifacts.changesUnseen)
        await this.eachEnded(nowUs - LATE_US, nowUs, isWanted, (ids) => Promise.resolve(ids));
    }
    const isWhole = await this.eachEnded(this.measuredUpToUs, nowUs, isWanted, (ids) =>
      this.retention.unmeasured(ids),
    );
    if (isWhole) this.measuredUpToUs = nowUs;
  }

  /** Whether all were gone through. */
  private async eachEnded(
    fromUs: number,
    upToUs: number,
    isWanted: () => boolean,
    choose: (ids: readonly TaskId[]) => Promise<readonly TaskId[]>,
  ): Promise<boolean> {
    for (let offset = 0; isWanted(); offset += BATCH) {
      const batch = await this.retention.between('ended', fromUs, upToUs, offset, BATCH);
      for (const id of await choose(batch)) await this.retention.noteSize(id, await this.sizeOf(id));
      if (batch.length < BATCH) return true;
    }
    return false;
  }

  private async underWay(isWanted: () => boolean): Promise<number> {
    let bytes = 0;
    for (const status of UNDER_WAY) {
      let below: Cursor | null = null;
      while (isWanted()) {
        const batch: [TaskId, Cursor][] = await this.tasks.list(status, below, BATCH);
        for (const [id] of batch) bytes += await this.sizeOf(id);
        below = batch.at(-1)?.[1] ?? null;
        if (batch.length < BATCH) break;
      }
    }
    return bytes;
  }

  private async sizeOf(id: TaskId): Promise<number> {
    return this.artifacts.sizeOf(id, await this.tasks.readDocument(id));
  }
}
