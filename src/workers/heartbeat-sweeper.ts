/** Looks at every worker's heartbeat once an interval and says what it saw: the safety net under the events. The leader's sweeps. */
import {
  Injectable,
  Logger,
  type BeforeApplicationShutdown,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { AppConfig } from '../config/app-config';
import type { WorkerId } from '../core/ids';
import { logFault } from '../redis/log-fault';
import { Leadership } from '../redis/leadership';
import { WorkerPresence, type Orphan } from './worker-presence';
import { WorkerRegistry } from './worker-registry';
import type { WorkerView } from './worker-view';

/** Emitted in process after each sweep, which ends when its listeners have. */
export const SWEPT = 'workers.swept';

export interface Sweep {
  /** Attempts whose worker was replaced by another process under the same id, unheard. */
  orphaned: Orphan[];
  /** Time since the sweep before; after a gap nobody's silence is their fault. */
  gapMs: number;
}

@Injectable()
export class HeartbeatSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(HeartbeatSweeper.name);
  private lastSweepMs = performance.now();
  private sweeping = false;
  private unreadable = '';
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly presence: WorkerPresence,
    private readonly events: EventEmitter2,
    private readonly leadership: Leadership,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), this.config.sweepIntervalSec * 1000).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  async sweep(): Promise<void> {
    if (this.sweeping || !this.leadership.isLeading()) return;
    this.sweeping = true;
    try {
      await this.events.emitAsync(SWEPT, await this.look());
    } catch (error) {
      logFault(this.logger, error, 'a sweep of the workers did not end; the next one looks again');
    } finally {
      this.sweeping = false;
    }
  }

  private async look(): Promise<Sweep> {
    const sweep: Sweep = { orphaned: [], gapMs: performance.now() - this.lastSweepMs };
    this.lastSweepMs = performance.now();
    await this.registry.refreshAll();
    const views = [...this.registry.all()];
    const looks = await Promise.allSettled(views.map((view) => this.lookAt(view, sweep)));
    this.report(views.filter((_, i) => looks[i]?.status === 'rejected').map(({ id }) => id));
    return sweep;
  }

  /** Said when it changes, not at every sweep. */
  private report(unreadable: readonly WorkerId[]): void {
    const now = unreadable.join(' ');
    if (now !== this.unreadable && now !== '') {
      this.logger.warn(
        { worker_ids: unreadable },
        'the keys of these workers cannot be read; the others go on',
      );
    }
    this.unreadable = now;
  }

  private async lookAt(view: WorkerView, sweep: Sweep): Promise<void> {
    if (this.presence.isAsNoted(view)) return;
    const orphan = await this.presence.registered(view, false);
    if (orphan !== null) sweep.orphaned.push(orphan);
    const [state] = await this.presence.observe(view.id);
    if ((state === 'stale') !== view.lease.stale || orphan !== null) await this.registry.refresh(view.id);
  }
}
