/**
 * Looks for what is to be deleted, and deletes it: in small pieces, one after the other, as long as it is wanted to.
 * What an open task needs stays, and is looked at again the next time.
 */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { keepsWithinBounds } from '../config/retention-settings';
import type { DeletionCause } from '../core/model';
import { isStoreUnavailable } from '../core/errors';
import type { TaskId } from '../core/ids';
import { DAY_SEC } from '../core/retention';
import { Metrics } from '../metrics/metrics';
import { RedisClock } from '../redis/redis-clock';
import { type EndedIndex, TaskRetention } from '../tasks/task-retention';
import { ResultDeletion } from './result-deletion';
import { StoredBytes } from './stored-bytes';

const BATCH = 100;
const NO_BOUND = Infinity;

/** A task that is due. */
type Visit = (id: TaskId, cause: DeletionCause) => Promise<Visited>;
export interface Visited {
  /** It is due no more. */
  isGone: boolean;
  /** Bytes that were counted, and are counted no more. */
  freedBytes: number;
}
const STAYS: Visited = { isGone: false, freedBytes: 0 };

/** What a run has done. */
export interface RetentionReport {
  deleted: Record<DeletionCause, number>;
  /** They were due, and an open task needs them, or something went wrong. */
  kept: Set<TaskId>;
  records: number;
  /** Nothing that is due is left. */
  isComplete: boolean;
}

@Injectable()
export class Retention {
  private readonly logger = new Logger(Retention.name);

  constructor(
    private readonly retention: TaskRetention,
    private readonly deletion: ResultDeletion,
    private readonly stored: StoredBytes,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param epoch of the term by which it is decided; '' for the wish of a client
   * @param isWanted is asked before each task; false ends the run
   */
  async run(epoch: string, isWanted: () => boolean): Promise<RetentionReport> {
    const report: RetentionReport = {
      deleted: { ttl: 0, quota: 0, request: 0 },
      kept: new Set(),
      records: 0,
      isComplete: true,
    };
    const goOn = (): boolean => {
      if (!isWanted()) report.isComplete = false;
      return report.isComplete;
    };
    if (keepsWithinBounds(this.config) && (await this.retention.indexAll())) this.stored.beginAnew();
    try {
      await this.clearDisk(goOn);
      await this.visitDue(goOn, (id, cause) => this.delete(id, cause, epoch, report));
      report.records = await this.forgetRecords(epoch, goOn);
    } finally {
      this.deletion.reclaim();
    }
    this.metrics.retentionRun.set((await this.clock.nowUs()) / 1_000_000);
    this.log(report);
    return report;
  }

  /** Every task whose files are to go now: first those whose time is over, then as many as the room asks for. */
  async visitDue(isWanted: () => boolean, visit: Visit): Promise<void> {
    const nowUs = await this.clock.nowUs();
    let freed = 0;
    const count = async (id: TaskId, cause: DeletionCause): Promise<boolean> => {
      const { isGone, freedBytes } = await visit(id, cause);
      freed += freedBytes;
      return isGone;
    };
    const before = await this.bytesOver(isWanted);
    await this.each('expiring', nowUs, isWanted, (id) => count(id, 'ttl'));
    const ttlUs = this.ttlUs();
    if (ttlUs !== null) await this.eachWithoutOwnTime(nowUs - ttlUs, isWanted, (id) => count(id, 'ttl'));
    await this.each(
      'ended',
      NO_BOUND,
      () => freed < before && isWanted(),
      (id) => count(id, 'quota'),
    );
  }

  /** What RESULTS_TTL_DAYS and RECORDS_TTL_DAYS say together of a document that says nothing; null: no time. */
  private ttlUs(): number | null {
    const { resultsTtlDays, recordsTtlDays } = this.config;
    const given = [resultsTtlDays, recordsTtlDays].filter((days) => days > 0);
    return given.length === 0 ? null : Math.min(...given) * DAY_SEC * 1_000_000;
  }

  private async delete(
    id: TaskId,
    cause: DeletionCause,
    epoch: string,
    report: RetentionReport,
  ): Promise<Visited> {
    try {
      const verdict = await this.deletion.delete(id, cause, epoch);
      if (verdict.kind === 'deleted') {
        report.deleted[cause] += 1;
        this.logger.debug({ task_id: id, cause }, 'result and files deleted');
        return { isGone: true, freedBytes: verdict.storedBytes };
      }
      if (verdict.kind === 'not_leader') report.isComplete = false;
    } catch (error) {
      if (isStoreUnavailable(error)) throw error;
      this.logger.error({ task_id: id, cause, err: error }, 'the files of a task could not be deleted');
    }
    report.kept.add(id);
    return STAYS;
  }

  /** What a crash, or an earlier run, has left to be looked at. */
  private async clearDisk(isWanted: () => boolean): Promise<void> {
    const nowUs = await this.clock.nowUs();
    // Each gets another time, or none: it does not stay in the way.
    await this.each('deleting', nowUs, isWanted, async (id) => {
      try {
        await this.deletion.clear(id);
        return true;
      } catch (error) {
        if (isStoreUnavailable(error)) throw error;
        this.logger.error({ task_id: id, err: error }, 'deleted files could not be removed');
        return false;
      }
    });
  }

  private async forgetRecords(epoch: string, isWanted: () => boolean): Promise<number> {
    const { recordsTtlDays } = this.config;
    if (recordsTtlDays === 0) return 0;
    let forgotten = 0;
    const beforeUs = (await this.clock.nowUs()) - recordsTtlDays * DAY_SEC * 1_000_000;
    await this.each('deleted', beforeUs, isWanted, async (id) => {
      const isGone = await this.retention.forget(id, epoch);
      if (isGone) forgotten += 1;
      return isGone;
    });
    this.metrics.recordsDeleted.inc(forgotten);
    return forgotten;
  }

  /** By how many bytes more is stored than may be; 0 where nothing bounds it. */
  private async bytesOver(isWanted: () => boolean): Promise<number> {
    const { artifactQuotaBytes } = this.config;
    if (artifactQuotaBytes === 0) return 0;
    const stored = await this.stored.total(isWanted);
    this.metrics.resultBytesStored.set(stored);
    return Math.max(0, stored - artifactQuotaBytes);
  }

  private eachWithoutOwnTime(
    upToUs: number,
    isWanted: () => boolean,
    visit: (id: TaskId) => Promise<boolean>,
  ): Promise<void> {
    return this.inBatches('ended', upToUs, isWanted, async (batch) => {
      const due = await this.retention.withoutOwnTime(batch);
      let left = batch.length;
      for (const id of due) if (isWanted() && (await visit(id))) left -= 1;
      return left;
    });
  }

  private each(
    index: EndedIndex,
    upToUs: number,
    isWanted: () => boolean,
    visit: (id: TaskId) => Promise<boolean>,
  ): Promise<void> {
    return this.inBatches(index, upToUs, isWanted, async (batch) => {
      let left = batch.length;
      for (const id of batch) if (isWanted() && (await visit(id))) left -= 1;
      return left;
    });
  }

  /** @param work answers how many of the batch are still where they were: the next begins behind them */
  private async inBatches(
    index: EndedIndex,
    upToUs: number,
    isWanted: () => boolean,
    work: (batch: readonly TaskId[]) => Promise<number>,
  ): Promise<void> {
    for (let offset = 0; isWanted();) {
      const batch = await this.retention.between(index, 0, upToUs, offset, BATCH);
      if (batch.length > 0) offset += await work(batch);
      if (batch.length < BATCH) return;
    }
  }

  private log({ deleted, kept, records, isComplete }: RetentionReport): void {
    const line = { ...deleted, kept: kept.size, records, complete: isComplete };
    const isQuiet = deleted.ttl + deleted.quota + records === 0;
    if (isQuiet) this.logger.debug(line, 'nothing was to be deleted');
    else this.logger.log(line, 'results and files of ended tasks deleted');
  }
}
