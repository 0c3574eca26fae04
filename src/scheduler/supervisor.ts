/** Starts scheduling from what Redis says, keeps it true by a sweep, and stops it in order. */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { RedisClock } from '../redis/redis-clock';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskStore } from '../tasks/task.store';
import { SWEPT, HeartbeatSweeper, type Sweep } from '../workers/heartbeat-sweeper';
import { AcknowledgementWatch } from './acknowledgement-watch';
import { Admission } from './admission';
import { AttemptInspector } from './attempt-inspector';
import { Grace } from './grace';
import { ParentAggregator } from './parent-aggregator';
import { RetryTimer } from './retry-timer';
import { SchedulingLoop } from './scheduling-loop';
import { UnplaceableReasons } from './unplaceable-reasons';

@Injectable()
export class Supervisor implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Supervisor.name);
  private mismatches = 0;

  constructor(
    private readonly store: TaskStore,
    private readonly lifecycle: TaskLifecycle,
    private readonly subscriptions: EventSubscriptions,
    private readonly clock: RedisClock,
    private readonly sweeper: HeartbeatSweeper,
    private readonly loop: SchedulingLoop,
    private readonly admission: Admission,
    private readonly watch: AcknowledgementWatch,
    private readonly retries: RetryTimer,
    private readonly aggregator: ParentAggregator,
    private readonly inspector: AttemptInspector,
    private readonly unplaceable: UnplaceableReasons,
    private readonly grace: Grace,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.subscriptions.onResubscribed(() => {
      this.grace.renew();
      void this.recover();
    });
    await this.subscriptions.start();
    await this.clock.nowUs();
    await this.unplaceable.reset();
    await this.recover();
    this.loop.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.loop.stop();
    await Promise.all([this.watch.stop(), this.retries.stop(), this.aggregator.stop()]);
  }

  @OnEvent(SWEPT)
  async onSwept(sweep: Sweep): Promise<void> {
    try {
      if (sweep.gapMs > this.grace.gapMs) this.grace.renew();
      await this.clock.nowUs();
      for (const { taskId, attemptId, workerId } of sweep.orphaned) {
        const why = `worker ${workerId} started again under the same id`;
        await this.lifecycle.apply(taskId, { kind: 'lost', evidence: { attemptId }, why });
      }
      await this.inspector.sweep();
      await this.reconcile();
      this.look();
    } catch (error) {
      this.logger.warn({ err: error }, 'a sweep of the tasks did not end; the next one looks again');
    }
  }

  /** Everything that can be placed, everything that is due, everybody who is there. */
  private async recover(): Promise<void> {
    try {
      await this.sweeper.sweep();
      await this.loadReady();
      this.look();
    } catch (error) {
      this.logger.warn({ err: error }, 'recovery did not end; the next sweep goes on');
    }
  }

  private look(): void {
    this.watch.start();
    this.retries.look();
    this.loop.wake();
    void this.store.aggregating().then(
      (parents) => {
        for (const parent of parents) this.aggregator.aggregate(parent);
      },
      () => undefined, // the next sweep asks again
    );
  }

  private async loadReady(): Promise<void> {
    const ready = await this.store.ready();
    const scores = new Map(ready);
    const missing = ready.map(([id]) => id).filter((id) => !this.loop.has(id));
    for (const task of await this.store.readMany(missing)) {
      this.admission.admit({
        id: task.id,
        score: scores.get(task.id) ?? 0,
        resources: task.resources,
        lastFailedWorker: task.lastFailedWorker,
        hasDependencies: task.dependsOn.length > 0,
        isParallel: task.parallel,
      });
    }
  }

  /** A ring that was missed shows as a difference in numbers; two sweeps in a row rule out what is just on its way. */
  private async reconcile(): Promise<void> {
    const expected = await this.store.readyCount();
    if (expected === this.loop.queued + this.admission.size) {
      this.mismatches = 0;
      return;
    }
    this.mismatches += 1;
    if (this.mismatches < 2) return;
    this.mismatches = 0;
    this.logger.warn({ in_redis: expected, in_memory: this.loop.queued }, 'the queue is loaded again');
    this.loop.clear();
    await this.loadReady();
  }
}
