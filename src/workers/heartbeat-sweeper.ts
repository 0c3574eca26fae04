/** Looks at every worker's heartbeat once an interval and says what it saw: the safety net under the events. */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { SchedulerRegistry } from '@nestjs/schedule';
import { CronJob } from 'cron';
import { AppConfig } from '../config/app-config';
import type { TaskId, WorkerId } from '../core/ids';
import { WorkerPresence } from './worker-presence';
import { WorkerRegistry } from './worker-registry';

/** Emitted in process after each sweep. */
export const SWEPT = 'workers.swept';

export interface Sweep {
  /** Workers without a heartbeat for longer than the TTL. */
  stale: WorkerId[];
  /** Tasks whose worker was replaced by another process under the same id, unheard. */
  orphaned: { taskId: TaskId; workerId: WorkerId }[];
  /** Time since the sweep before; after a gap nobody's silence is their fault. */
  gapMs: number;
}

@Injectable()
export class HeartbeatSweeper implements OnApplicationBootstrap {
  private readonly logger = new Logger(HeartbeatSweeper.name);
  private lastSweepMs = performance.now();
  private sweeping = false;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly presence: WorkerPresence,
    private readonly events: EventEmitter2,
    private readonly schedule: SchedulerRegistry,
    private readonly config: AppConfig,
  ) {}

  onApplicationBootstrap(): void {
    const job = CronJob.from({
      cronTime: `*/${String(this.config.sweepIntervalSec)} * * * * *`,
      onTick: () => this.sweep(),
    });
    this.schedule.addCronJob('heartbeat-sweeper', job);
    job.start();
  }

  async sweep(): Promise<void> {
    if (this.sweeping) return;
    this.sweeping = true;
    try {
      this.events.emit(SWEPT, await this.look());
    } catch (error) {
      this.logger.warn({ err: error }, 'a sweep of the workers did not end; the next one looks again');
    } finally {
      this.sweeping = false;
    }
  }

  private async look(): Promise<Sweep> {
    const sweep: Sweep = { stale: [], orphaned: [], gapMs: performance.now() - this.lastSweepMs };
    this.lastSweepMs = performance.now();
    await this.registry.refreshAll();
    await Promise.all(
      [...this.registry.all()].map(async (view) => {
        const orphan = await this.presence.registered(view, false);
        if (orphan !== null) sweep.orphaned.push({ taskId: orphan, workerId: view.id });
        const [state] = await this.presence.observe(view.id);
        if (state === 'stale') sweep.stale.push(view.id);
        if ((state === 'stale') !== view.lease.stale || orphan !== null) await this.registry.refresh(view.id);
      }),
    );
    return sweep;
  }
}
