/**
 * Brings a replica into service whenever Redis answers (again): what came meanwhile is committed first, then events are
 * judged, then one of the replicas rebuilds the scheduling state and schedules. Keeps it true by a sweep, stops in order.
 */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { OnEvent } from '@nestjs/event-emitter';
import { setTimeout as sleep } from 'node:timers/promises';
import { crashPoint } from '../core/crash-point';
import { type ConditionState, ReadinessConditions } from '../http/readiness-conditions';
import { Metrics } from '../metrics/metrics';
import { logFault } from '../redis/log-fault';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { Leadership, type LeadershipListener } from '../redis/leadership';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import { SigningSecret } from '../redis/signing-secret';
import { ResultIntake } from '../results/result-intake';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { Grace } from '../workers/grace';
import { SWEPT, HeartbeatSweeper, type Sweep } from '../workers/heartbeat-sweeper';
import { WorkerPresence } from '../workers/worker-presence';
import { WorkerRegistry } from '../workers/worker-registry';
import { AcknowledgementWatch } from './acknowledgement-watch';
import { AttemptInspector } from './attempt-inspector';
import { DeadlineWatch } from './deadline-watch';
import { EventGate } from './event-gate';
import { ParentAggregator } from './parent-aggregator';
import { RetentionTimer } from './retention-timer';
import { RetryTimer } from './retry-timer';
import { SchedulingLoop } from './scheduling-loop';
import { SchedulingState } from './scheduling-state';
import { UnplaceableReasons } from './unplaceable-reasons';

/** After something other than Redis kept this replica from its service. */
const AGAIN_MS = 1_000;

@Injectable()
export class Supervisor implements OnApplicationBootstrap, BeforeApplicationShutdown, LeadershipListener {
  private readonly logger = new Logger(Supervisor.name);
  /** Counts connections: a later one replaces what is done for an earlier one. */
  private arrivals = 0;
  private rebuilding: Promise<void> = Promise.resolve();

  constructor(
    private readonly connections: RedisConnections,
    private readonly subscriptions: EventSubscriptions,
    private readonly leadership: Leadership,
    private readonly gate: EventGate,
    private readonly intake: ResultIntake,
    private readonly clock: RedisClock,
    private readonly secret: SigningSecret,
    private readonly lifecycle: TaskLifecycle,
    private readonly known: KnownTasks,
    private readonly sweeper: HeartbeatSweeper,
    private readonly registry: WorkerRegistry,
    private readonly presence: WorkerPresence,
    private readonly state: SchedulingState,
    private readonly loop: SchedulingLoop,
    private readonly acknowledgements: AcknowledgementWatch,
    private readonly deadlines: DeadlineWatch,
    private readonly retries: RetryTimer,
    private readonly retention: RetentionTimer,
    private readonly aggregator: ParentAggregator,
    private readonly inspector: AttemptInspector,
    private readonly unplaceable: UnplaceableReasons,
    private readonly grace: Grace,
    private readonly metrics: Metrics,
    private readonly conditions: ReadinessConditions,
  ) {}

  onApplicationBootstrap(): void {
    this.conditions.add('scheduling', () => this.readiness());
    this.leadership.listen(this);
    this.subscriptions.onResubscribed(() => {
      this.missedMessages();
    });
    this.connections.onDown(() => {
      this.gate.close();
    });
    this.connections.onUp(() => void this.arrive());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.arrivals += 1;
    await this.loop.stop();
    // Whoever schedules next need not wait for what is still under way here: no script takes the epoch any more.
    await this.leadership.resign();
    await Promise.all([this.acknowledgements.stop(), this.deadlines.stop(), this.retries.stop()]);
    await this.aggregator.stop();
    await this.retention.stop();
  }

  async elected(): Promise<void> {
    this.grace.renew();
    this.known.termBegins();
    await this.unplaceable.reset();
    await this.rebuild();
    if (!this.leadership.isLeading()) return;
    this.loop.start();
    this.acknowledgements.start();
    this.deadlines.start();
    this.retries.start();
    this.retention.start();
  }

  deposed(): void {
    void this.loop.stop();
    for (const watch of [this.acknowledgements, this.deadlines, this.retries, this.retention])
      void watch.stop();
    this.state.clear();
  }

  /** What was written last is lost; what can be told of it is said, and the rest goes on from what is there. */
  storeWentBack(): void {
    this.metrics.storeWentBack.inc();
    const known = this.state.known();
    this.logger.error(
      { queued_before: known.length },
      'Redis came back without what was written last: it was emptied, restarted without its latest data, or failed over',
    );
    void this.secret.agree();
    this.presence.remember(this.registry.recallAll()).catch((error: unknown) => {
      logFault(this.logger, error, 'the workers that Redis may have forgotten could not be kept');
    });
    this.missedMessages();
    void this.rebuilding.then(() => this.state.reportGone(known)).catch(() => undefined);
  }

  @OnEvent(SWEPT)
  async onSwept(sweep: Sweep): Promise<void> {
    try {
      if (sweep.gapMs > this.grace.gapMs) this.grace.renew();
      await this.clock.nowUs();
      await this.intake.drain();
      await this.intake.settleAll();
      for (const { taskId, attemptId, workerId } of sweep.orphaned) {
        const why = `worker ${workerId} started again under the same id`;
        await this.lifecycle.apply(taskId, {
          kind: 'lost',
          evidence: { attemptId },
          cause: 'restarted',
          why,
        });
      }
      await this.inspector.sweep();
      await this.state.reconcile();
      this.look();
    } catch (error) {
      logFault(this.logger, error, 'a sweep of the tasks did not end; the next one looks again');
    }
  }

  private readiness(): ConditionState {
    if (!this.gate.passable) return { up: false, message: 'recovering' };
    const standing = this.leadership.current();
    switch (standing.kind) {
      case 'leading':
        return { up: true, message: `leading, term ${String(standing.term)}` };
      case 'following':
        return { up: true, message: `following ${standing.replica}` };
      case 'taking_over':
        return { up: false, message: 'rebuilding the scheduling state' };
      case 'unknown':
        return { up: false, message: 'it is not known who schedules' };
    }
  }

  /** Redis answers: tries until this replica is of service, or Redis is gone again. */
  private async arrive(): Promise<void> {
    this.arrivals += 1;
    const arrival = this.arrivals;
    while (arrival === this.arrivals && this.connections.isUp()) {
      try {
        await this.enterService(arrival);
        return;
      } catch (error) {
        logFault(this.logger, error, 'the state could not be recovered yet');
        await sleep(AGAIN_MS, null, { ref: false });
      }
    }
  }

  private async enterService(arrival: number): Promise<void> {
    this.grace.renew();
    await this.clock.nowUs();
    await this.subscriptions.start();
    crashPoint('recover.started');
    await this.intake.drain();
    crashPoint('recover.drained');
    // An empty inbox says nothing of whether Redis is still there.
    if (arrival !== this.arrivals || !this.connections.isUp()) return;
    this.gate.open();
    const led = this.leadership.isLeading();
    await this.leadership.campaign();
    if (led && this.leadership.isLeading()) await this.rebuild();
  }

  private missedMessages(): void {
    this.grace.renew();
    if (!this.leadership.isLeading()) return;
    this.rebuild().catch((error: unknown) => {
      logFault(this.logger, error, 'the state could not be loaded again; the next sweep goes on');
    });
  }

  /** Everything that can be placed, everything that is due, everybody who is there. One at a time. */
  private rebuild(): Promise<void> {
    const before = this.rebuilding.catch(() => undefined);
    this.rebuilding = before.then(async () => {
      const fromMs = performance.now();
      await this.inspector.adopt();
      await this.sweeper.sweep();
      await this.state.load();
      crashPoint('recover.loaded');
      const tookMs = Math.round(performance.now() - fromMs);
      this.logger.log({ queued: this.state.known().length, took_ms: tookMs }, 'scheduling state rebuilt');
      this.look();
    });
    return this.rebuilding;
  }

  /** What waits in Redis for somebody to act. */
  private look(): void {
    this.loop.wake();
    for (const watch of [this.acknowledgements, this.deadlines, this.retries]) watch.look();
    void this.aggregator.look();
  }
}
