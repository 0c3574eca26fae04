/** Puts a parent's result together when its last shard is DONE. Idempotent: whoever finds the parent still open does it again. */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { mergeShards } from '../core/aggregate/merge';
import { crashPoint } from '../core/crash-point';
import type { TaskId } from '../core/ids';
import { formatTime } from '../core/lifecycle/time';
import type { Envelope, Task, TaskDocument } from '../core/model';
import { externalDelivery } from '../core/wire/destination';
import { Metrics } from '../metrics/metrics';
import { logFault } from '../redis/log-fault';
import { RedisClock } from '../redis/redis-clock';
import { AggregateDelivery } from '../delivery/aggregate-delivery';
import { ResultCommitter } from '../results/result-committer';
import { ResultIntake } from '../results/result-intake';
import { ResultStore } from '../results/result.store';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskNotes } from '../tasks/task-notes';
import { TaskStore } from '../tasks/task.store';
import { tooLarge } from './doom';

const LOOK_EVERY_MS = 100;

@Injectable()
export class ParentAggregator {
  private readonly logger = new Logger(ParentAggregator.name);
  private readonly working = new Map<TaskId, Promise<void>>();

  constructor(
    private readonly store: TaskStore,
    private readonly lifecycle: TaskLifecycle,
    private readonly notes: TaskNotes,
    private readonly results: ResultStore,
    private readonly committer: ResultCommitter,
    private readonly intake: ResultIntake,
    private readonly delivery: AggregateDelivery,
    private readonly clock: RedisClock,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  aggregate(parent: TaskId): void {
    this.work(parent, () => this.run(parent));
  }

  /** Parents whose shards are all done, and aggregates that were not sent yet, whoever heard of it. */
  async look(): Promise<void> {
    try {
      for (const parent of await this.store.aggregating()) this.aggregate(parent);
      for (const parent of await this.store.delivering()) this.work(parent, () => this.deliver(parent, null));
    } catch {
      // Redis is away; the next sweep asks again.
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.working.values());
  }

  private work(parent: TaskId, task: () => Promise<void>): void {
    if (this.working.has(parent)) return;
    const work = task()
      .catch((error: unknown) => {
        // The parent stays among those to be aggregated or sent; the sweep comes back to it.
        logFault(this.logger, error, 'aggregation failed', { task_id: parent });
      })
      .finally(() => this.working.delete(parent));
    this.working.set(parent, work);
  }

  private async run(id: TaskId): Promise<void> {
    const [parent, ids] = await Promise.all([this.store.read(id), this.store.shards(id)]);
    if (parent?.status !== 'RUNNING') return;
    const shards = await this.store.readMany(ids);
    const envelopes = await this.envelopes(shards).catch(tooLarge);
    if (!Array.isArray(envelopes)) {
      await this.lifecycle.apply(id, { kind: 'doomed', ...envelopes });
      return;
    }
    const missing = shards.filter((_, i) => envelopes[i] === null);
    if (missing.length > 0) {
      const names = missing.map((shard) => `shard ${String(shard.shardIndex)} (${shard.id})`).join(', ');
      const error = `result_missing: ${names} succeeded, but no result came within ${String(this.config.resultWaitSec)} s (RESULT_WAIT_SEC)`;
      await this.lifecycle.apply(id, { kind: 'doomed', error, reason: 'result_missing' });
      return;
    }
    const receivedAt = formatTime(this.clock.guessUs());
    const merged = mergeShards(
      id,
      envelopes.filter((envelope) => envelope !== null),
      receivedAt,
    );
    crashPoint('aggregate.merged');
    const verdict = await this.committer.store(merged, {}, 'aggregate');
    if (verdict.kind !== 'created') return;
    this.metrics.tasksAggregated.inc();
    await this.deliver(id, merged);
  }

  /** Sends it elsewhere if its document says so: at least once, since a crash may come before that is noted. */
  private async deliver(id: TaskId, merged: Envelope | null): Promise<void> {
    const document = await this.store.readDocument(id);
    const elsewhere = document === null ? null : externalDelivery(document);
    const envelope = elsewhere === null ? null : (merged ?? (await this.stored(id, document)));
    const failure =
      elsewhere === null || envelope === null ? null : await this.delivery.deliver(envelope, elsewhere);
    await this.notes.delivered(id, failure);
  }

  private async stored(id: TaskId, document: TaskDocument | null): Promise<Envelope | null> {
    const parent = await this.store.read(id);
    return parent === null ? null : await this.results.read(parent, document);
  }

  /** A shard may have ended by its event while its result is still on its way. */
  private async envelopes(shards: readonly Task[]): Promise<(Envelope | null)[]> {
    const deadline = performance.now() + this.config.resultWaitSec * 1000;
    for (;;) {
      const isLast = performance.now() >= deadline;
      // One may have come to a replica that had no Redis.
      if (isLast) await this.intake.drain();
      const envelopes = await Promise.all(
        shards.map(async (shard) => this.results.read(shard, await this.store.readDocument(shard.id))),
      );
      if (isLast || envelopes.every((envelope) => envelope !== null)) return envelopes;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}
