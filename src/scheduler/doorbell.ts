/**
 * What the scripts say that they changed, turned into work for the replica that schedules: with the answers to its own
 * calls, and by the channel for those of others. A missed ring is found by the sweep, or by whoever schedules next.
 */
import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { trustedAttemptId, trustedTaskId, trustedWorkerId } from '../core/ids';
import type { Resources } from '../core/model';
import { logFault } from '../redis/log-fault';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { Leadership } from '../redis/leadership';
import { Scripts } from '../redis/scripts';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { WorkerRegistry } from '../workers/worker-registry';
import { Admission } from './admission';
import { ParentAggregator } from './parent-aggregator';
import { RetryTimer } from './retry-timer';
import { SchedulingLoop } from './scheduling-loop';

/** What `ring` in lib.lua collects, by kind. */
interface Rings {
  /** A task that can be placed, with all that placement needs to know of it. */
  ready: {
    id: string;
    score: string;
    /** JSON of its `Resources`. */
    resources: string;
    last_failed_worker: string;
    /** Its document names results of its dependencies. */
    uses_results: boolean;
    is_parallel: boolean;
  };
  /** A task that can be placed no more. */
  gone: string;
  /** A worker ended its task by its own word, at a microsecond of Redis' clock. */
  freed: [worker: string, task: string, atUs: string];
  /** What else changed about a worker: it is to be read again. */
  changed: string;
  resting: [worker: string, restUs: number];
  retry: string;
  aggregate: string;
  /** A worker that was taken off the list. */
  removed: string;
  /** An attempt whose worker was. */
  orphaned: [task: string, attempt: string, worker: string];
  /** The leader resigned. */
  vacant: string;
}

/** Whatever `answers` has for the kind takes its item, which TypeScript cannot follow. */
type Ring = [kind: keyof Rings, item: never];

@Injectable()
export class Doorbell implements OnModuleInit {
  private readonly logger = new Logger(Doorbell.name);
  private readonly answers: { [K in keyof Rings]: (ring: Rings[K]) => void };

  constructor(
    private readonly subscriptions: EventSubscriptions,
    private readonly leadership: Leadership,
    private readonly lifecycle: TaskLifecycle,
    private readonly scripts: Scripts,
    registry: WorkerRegistry,
    admission: Admission,
    private readonly loop: SchedulingLoop,
    retries: RetryTimer,
    aggregator: ParentAggregator,
  ) {
    const refresh = (id: string): void => {
      registry.refresh(trustedWorkerId(id)).then(
        () => {
          loop.wake();
        },
        () => undefined, // Redis is away: the sweep refreshes all workers when it is back
      );
    };
    this.answers = {
      ready: (ring) => {
        admission.admit({
          id: trustedTaskId(ring.id),
          score: Number(ring.score),
          resources: JSON.parse(ring.resources) as Resources,
          lastFailedWorker: ring.last_failed_worker === '' ? null : trustedWorkerId(ring.last_failed_worker),
          usesResults: ring.uses_results,
          isParallel: ring.is_parallel,
        });
      },
      gone: (id) => {
        admission.drop([trustedTaskId(id)]);
      },
      freed: ([worker, task, atUs]) => {
        registry.noteEnd(trustedWorkerId(worker), trustedTaskId(task), Number(atUs));
        loop.wake();
      },
      changed: refresh,
      resting: ([id, restUs]) => {
        setTimeout(
          () => {
            refresh(id);
          },
          restUs / 1000 + 1,
        ).unref();
      },
      retry: () => {
        retries.look();
      },
      aggregate: (id) => {
        aggregator.aggregate(trustedTaskId(id));
      },
      removed: refresh,
      orphaned: (ring) => {
        this.orphaned(ring);
      },
      vacant: () => void leadership.campaign(),
    };
  }

  onModuleInit(): void {
    this.subscriptions.on('doorbell', (message) => {
      this.answer(message);
    });
    const { leadership, loop } = this;
    this.scripts.ringAt({
      get epoch() {
        return leadership.epoch;
      },
      get flushesSoon() {
        return loop.isAwake;
      },
      ring: (bell) => {
        this.answer(bell);
      },
    });
  }

  private answer(message: string): void {
    for (const [kind, item] of JSON.parse(message) as Ring[]) {
      if (kind === 'vacant' || this.leadership.isLeading()) this.answers[kind](item);
    }
  }

  private orphaned([task, attempt, worker]: Rings['orphaned']): void {
    const why = `worker ${worker} sends no heartbeat and was removed`;
    const evidence = { attemptId: trustedAttemptId(attempt) };
    this.lifecycle
      .apply(trustedTaskId(task), { kind: 'lost', evidence, cause: 'removed', why })
      .catch((error: unknown) => {
        logFault(this.logger, error, 'a lost task could not be requeued; the sweep does it', {
          task_id: task,
        });
      });
  }
}
