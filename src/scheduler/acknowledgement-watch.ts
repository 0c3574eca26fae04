/** Patience with dispatches that nobody acknowledged: short for workers that may not listen yet. */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { TaskId } from '../core/ids';
import { KEY } from '../redis/keys';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import { AttemptInspector } from './attempt-inspector';
import { DueWatch } from './due-watch';
import { EventGate } from './event-gate';

@Injectable()
export class AcknowledgementWatch extends DueWatch {
  private readonly logger = new Logger(AcknowledgementWatch.name);

  constructor(
    connections: RedisConnections,
    clock: RedisClock,
    private readonly inspector: AttemptInspector,
    private readonly gate: EventGate,
    private readonly config: AppConfig,
  ) {
    super(connections, clock, KEY.unacknowledged);
  }

  /** A task went out just now. */
  expect(proven: boolean): void {
    this.expectIn(1000 * (proven ? this.config.ackTimeoutSec : this.config.provingTimeoutSec) + 1);
  }

  protected async act(overdue: TaskId[]): Promise<void> {
    if (!this.gate.passable) return;
    for (const id of overdue) this.logger.debug({ task_id: id }, 'not acknowledged in time');
    await Promise.all(overdue.map((id) => this.inspector.unacknowledged(id)));
  }
}
