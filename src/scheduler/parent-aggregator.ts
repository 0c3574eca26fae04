/** Puts a parent's result together when its last shard is DONE. Idempotent: whoever finds the parent still open does it again. */
import { Injectable, Logger } from '@nestjs/common';
import { Readable } from 'node:stream';
import { AppConfig } from '../config/app-config';
import { mergeShards } from '../core/aggregate/merge';
import { AtMost } from '../core/at-most';
import { crashPoint } from '../core/crash-point';
import { MULTI_WORKER, type TaskId } from '../core/ids';
import { formatTime } from '../core/lifecycle/time';
import type { Envelope, Task, TaskDocument } from '../core/model';
import { type Delivery, externalDelivery } from '../core/wire/destination';
import { Metrics } from '../metrics/metrics';
import { logFault } from '../redis/log-fault';
import { RedisClock } from '../redis/redis-clock';
import { AggregateDelivery, type Parcel } from '../delivery/aggregate-delivery';
import { OpenEnvelope } from '../results/open-envelope';
import { ResultCommitter } from '../results/result-committer';
import { ResultIntake } from '../results/result-intake';
import { ResultParts } from '../results/result-parts';
import { MOST_PARSED_BYTES, ResultStore } from '../results/result.store';
import { ShardMerge } from '../results/shard-merge';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskNotes } from '../tasks/task-notes';
import { TaskStore } from '../tasks/task.store';
import { TaskTraces } from '../tasks/task-traces';
import { tooLarge } from './doom';

const LOOK_EVERY_MS = 100;
/** Files of shards. */
const OPEN_AT_ONCE = 32;

/** An aggregation under way. `sinceUs`: by Redis' clock, as far as it is known here. */
interface Begun {
  parent: Task;
  sinceUs: number;
}

@Injectable()
export class ParentAggregator {
  private readonly logger = new Logger(ParentAggregator.name);
  private readonly working = new Map<TaskId, Promise<void>>();
  private readonly reading = new AtMost(OPEN_AT_ONCE);
  private readonly stopping = new AbortController();

  constructor(
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly lifecycle: TaskLifecycle,
    private readonly notes: TaskNotes,
    private readonly results: ResultStore,
    private readonly parts: ResultParts,
    private readonly merge: ShardMerge,
    private readonly committer: ResultCommitter,
    private readonly intake: ResultIntake,
    private readonly delivery: AggregateDelivery,
    private readonly clock: RedisClock,
    private readonly traces: TaskTraces,
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

  /** What takes long is broken off: whoever schedules next does it again. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all(this.working.values());
  }

  private work(parent: TaskId, task: () => Promise<void>): void {
    if (this.working.has(parent)) return;
    const work = task()
      .catch((error: unknown) => {
        if (this.stopping.signal.aborted) return;
        // The parent stays among those to be aggregated or sent; the sweep comes back to it.
        logFault(this.logger, error, 'aggregation failed', { task_id: parent });
      })
      .finally(() => this.working.delete(parent));
    this.working.set(parent, work);
  }

  private async run(id: TaskId): Promise<void> {
    const [parent, ids] = await Promise.all([this.store.read(id), this.store.shards(id)]);
    if (parent?.status !== 'RUNNING') return;
    const sinceUs = this.clock.guessUs();
    const read = await Promise.all(
      ids.map(async (shard) => this.known.doneOne(shard) ?? (await this.store.read(shard))),
    );
    const shards = read.filter((shard) => shard !== null);
    const found = await this.envelopes(shards);
    const missing = shards.filter((_, i) => found[i] === null);
    if (missing.length > 0) {
      const names = missing.map((shard) => `shard ${String(shard.shardIndex)} (${shard.id})`).join(', ');
      const error = `result_missing: ${names} succeeded, but no result came within ${String(this.config.resultWaitSec)} s (RESULT_WAIT_SEC)`;
      await this.lifecycle.apply(id, { kind: 'doomed', error, reason: 'result_missing' });
      return;
    }
    const envelopes = found.filter((envelope) => envelope !== null && envelope !== 'large');
    const isSmall = envelopes.length === shards.length;
    const begun = { parent, sinceUs };
    if (isSmall) await this.storeSmall(begun, envelopes);
    else await this.storeLarge(begun, shards);
  }

  private async storeSmall(begun: Begun, envelopes: readonly Envelope[]): Promise<void> {
    const merged = mergeShards(begun.parent.id, envelopes, formatTime(this.clock.guessUs()));
    crashPoint('aggregate.merged');
    const verdict = await this.committer.store(merged, {}, 'aggregate');
    if (verdict.kind === 'created') await this.aggregated(begun, merged);
  }

  private async storeLarge(begun: Begun, shards: readonly Task[]): Promise<void> {
    const { id } = begun.parent;
    const open = shards.map(
      (shard) => async () => this.results.open(shard, await this.store.readDocument(shard.id)),
    );
    const merged = await this.merge
      .merge(id, open, formatTime(this.clock.guessUs()), this.stopping.signal)
      .catch(tooLarge);
    if ('error' in merged) {
      await this.lifecycle.apply(id, { kind: 'doomed', ...merged });
      return;
    }
    crashPoint('aggregate.merged');
    const verdict = await this.committer.take(merged, {}, 'aggregate');
    if (verdict.kind === 'created') await this.aggregated(begun, null);
  }

  private async aggregated({ parent, sinceUs }: Begun, merged: Envelope | null): Promise<void> {
    this.metrics.tasksAggregated.inc();
    if (this.traces.isOn) this.traces.stepped('aggregate', parent, { sinceUs, error: null });
    await this.deliver(parent.id, merged);
  }

  /**
   * Sends it elsewhere if its document says so: at least once, since a crash may come before that is noted.
   * @param merged what is stored, for who has it
   */
  private async deliver(id: TaskId, merged: Envelope | null): Promise<void> {
    const document = await this.store.readDocument(id);
    const elsewhere = document === null ? null : externalDelivery(document);
    const send = (to: Delivery): Promise<string | null> => this.send(id, document, merged, to);
    const failure = elsewhere === null ? null : await this.traced(id, elsewhere, send);
    await this.notes.delivered(id, failure);
  }

  /** The receiver is told the span of its delivery, where there is one. */
  private async traced(
    id: TaskId,
    elsewhere: Delivery,
    send: (to: Delivery) => Promise<string | null>,
  ): Promise<string | null> {
    const task = this.traces.isOn ? await this.store.read(id) : null;
    if (task === null) return await send(elsewhere);
    const sinceUs = this.clock.guessUs();
    const headers = { ...this.traces.headersOfDelivery(task), ...elsewhere.headers };
    const error = await send({ ...elsewhere, headers });
    const attributes = { 'http.request.method': 'POST', ...serverOf(elsewhere.url) };
    this.traces.stepped('deliver', task, { sinceUs, error, attributes });
    return error;
  }

  private async send(
    id: TaskId,
    document: TaskDocument | null,
    merged: Envelope | null,
    elsewhere: Delivery,
  ): Promise<string | null> {
    const stored = merged ?? (await this.stored(id, document));
    if (stored === null) return null;
    if (!(stored instanceof OpenEnvelope))
      return await this.delivery.deliver(parcelOf(stored), elsewhere, this.stopping.signal);
    try {
      const parcel = await this.parcelFrom(stored);
      return await this.delivery.deliver(parcel, elsewhere, this.stopping.signal);
    } finally {
      await stored.close();
    }
  }

  private async stored(id: TaskId, document: TaskDocument | null): Promise<Envelope | OpenEnvelope | null> {
    const parent = await this.store.read(id);
    return parent === null
      ? null
      : await this.results.read(parent, document, (bytes) => bytes <= MOST_PARSED_BYTES);
  }

  /** The same as `parcelOf`, read from disk while it is sent. */
  private async parcelFrom(envelope: OpenEnvelope): Promise<Parcel> {
    const { taskId } = envelope;
    const located = await this.parts.locate(envelope, { paths: [['result']], spreads: false });
    const result = located.members.get('result');
    if (result === undefined) throw new Error(`the stored envelope of ${taskId} has no result`);
    const head = Buffer.from(`{"task_id":${JSON.stringify(taskId)},"result":`);
    const tail = Buffer.from(`,"worker_id":${JSON.stringify(MULTI_WORKER)}}`);
    async function* bytes(): AsyncGenerator<Buffer> {
      yield head;
      yield* envelope.bytes(result);
      yield tail;
    }
    return {
      taskId,
      length: head.length + result.end - result.start + tail.length,
      body: () => Readable.from(bytes(), { objectMode: false }),
    };
  }

  /**
   * Of each shard its envelope, or `large`: together they are too large to be parsed. A shard may have ended by its event
   * while its result is still on its way: null when it has not come by the end of RESULT_WAIT_SEC.
   */
  private async envelopes(shards: readonly Task[]): Promise<(Envelope | 'large' | null)[]> {
    const deadline = performance.now() + this.config.resultWaitSec * 1000;
    for (;;) {
      const isLast = performance.now() >= deadline;
      // One may have come to a replica that had no Redis.
      if (isLast) await this.intake.drain();
      let left = MOST_PARSED_BYTES;
      const isSmall = (bytes: number): boolean => (left -= bytes) >= 0;
      const envelopes = await this.reading.map(shards, async (shard) => {
        const found = await this.results.read(shard, await this.store.readDocument(shard.id), isSmall);
        if (!(found instanceof OpenEnvelope)) return found;
        await found.close();
        return 'large';
      });
      if (isLast || envelopes.every((envelope) => envelope !== null)) return envelopes;
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  }
}

/** What a worker would post of it. */
function parcelOf({ task_id, result, worker_id }: Envelope): Parcel {
  const body = JSON.stringify({ task_id, result, worker_id });
  return { taskId: task_id, length: Buffer.byteLength(body), body: () => body };
}

/** No path and no query: they may be secret. */
function serverOf(url: string): Record<string, string> {
  return URL.canParse(url) ? { 'server.address': new URL(url).host } : {};
}
