/** Patience with dispatches that nobody acknowledged: short for workers that may not listen yet. */
import { Injectable, Logger } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { trustedTaskId } from '../core/ids';
import { KEY } from '../redis/keys';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import { AttemptInspector } from './attempt-inspector';
import { DueTimer } from './due-timer';
import { EventGate } from './event-gate';

@Injectable()
export class AcknowledgementWatch {
  private readonly logger = new Logger(AcknowledgementWatch.name);
  private readonly timer: DueTimer;

  constructor(
    connections: RedisConnections,
    clock: RedisClock,
    private readonly inspector: AttemptInspector,
    private readonly gate: EventGate,
    private readonly config: AppConfig,
  ) {
    this.timer = new DueTimer(connections, clock, KEY.unacknowledged, (ids) => this.overdue(ids));
  }

  start(): void {
    this.timer.start();
  }

  stop(): Promise<void> {
    return this.timer.stop();
  }

  /** The set may have changed unheard. */
  look(): void {
    this.timer.poke();
  }

  /** A task went out just now. */
  expect(proven: boolean): void {
    this.timer.poke(1000 * (proven ? this.config.ackTimeoutSec : this.config.provingTimeoutSec) + 1);
  }

  private async overdue(ids: string[]): Promise<void> {
    // What came while Redis was away is committed first; the set is looked at again.
    if (!this.gate.passable) return;
    for (const id of ids) this.logger.debug({ task_id: id }, 'not acknowledged in time');
    await Promise.all(ids.map((id) => this.inspector.unacknowledged(trustedTaskId(id))));
  }
}
