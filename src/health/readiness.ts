/** Whether this process can do its work now: Redis answers, both event channels are heard, and it is not leaving. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { RedisConnections } from '../redis/redis-connections';

/** Whoever asks will ask again soon, and would rather hear "no" than wait. */
const PING_TIMEOUT_MS = 1_000;

@Injectable()
export class Readiness implements OnModuleDestroy {
  private leaving = false;

  constructor(
    private readonly connections: RedisConnections,
    private readonly subscriptions: EventSubscriptions,
    private readonly indicators: HealthIndicatorService,
  ) {}

  onModuleDestroy(): void {
    this.leaving = true;
  }

  async redis(): Promise<HealthIndicatorResult> {
    const indicator = this.indicators.check('redis');
    if (!this.connections.isUp()) return indicator.down({ message: 'not connected' });
    return (await this.pings()) ? indicator.up() : indicator.down({ message: 'no answer to PING' });
  }

  events(): HealthIndicatorResult {
    const indicator = this.indicators.check('events');
    return this.subscriptions.isSubscribed() ? indicator.up() : indicator.down({ message: 'not subscribed' });
  }

  process(): HealthIndicatorResult {
    const indicator = this.indicators.check('process');
    return this.leaving ? indicator.down({ message: 'shutting down' }) : indicator.up();
  }

  private async pings(): Promise<boolean> {
    const answer = this.connections.commands.ping().catch(() => null);
    return (await Promise.race([answer, sleep(PING_TIMEOUT_MS, null, { ref: false })])) === 'PONG';
  }
}
