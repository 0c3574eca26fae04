/** Whether this process can do its work now: Redis answers, the event channels are heard, the volume takes files, and no other part objects. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HealthIndicatorService, type HealthIndicatorResult } from '@nestjs/terminus';
import { type ConditionState, ReadinessConditions } from '../http/readiness-conditions';
import { EventSubscriptions } from '../redis/event-subscriptions';
import { RedisConnections } from '../redis/redis-connections';
import { VolumeProbe } from './volume-probe';

/** Whoever asks will ask again soon, and would rather hear "no" than wait. */
const PING_TIMEOUT_MS = 1_000;

@Injectable()
export class Readiness implements OnModuleInit {
  constructor(
    private readonly connections: RedisConnections,
    private readonly subscriptions: EventSubscriptions,
    private readonly conditions: ReadinessConditions,
    private readonly volume: VolumeProbe,
    private readonly indicators: HealthIndicatorService,
  ) {}

  onModuleInit(): void {
    this.conditions.add('events', () =>
      this.subscriptions.isSubscribed() ? { up: true } : { up: false, message: 'not subscribed' },
    );
  }

  /** One answer of Redis and one of the volume, and what every part of the service says of itself. */
  async check(): Promise<HealthIndicatorResult[]> {
    const [redis, disk] = await Promise.all([this.redis(), this.volume.check()]);
    const parts = [...this.conditions.all()].map(([name, state]) => this.indicate(name, state()));
    return [this.indicate('redis', redis), this.indicate('disk', disk), ...parts];
  }

  private indicate(name: string, { up, message }: ConditionState): HealthIndicatorResult {
    const indicator = this.indicators.check(name);
    if (message === undefined) return up ? indicator.up() : indicator.down();
    return up ? indicator.up({ message }) : indicator.down({ message });
  }

  private async redis(): Promise<ConditionState> {
    if (!this.connections.isUp())
      return { up: false, message: this.connections.whyUnfit() ?? 'not connected' };
    const answer = this.connections.commands.ping().catch(() => null);
    const heard = await Promise.race([answer, sleep(PING_TIMEOUT_MS, null, { ref: false })]);
    return heard === 'PONG' ? { up: true } : { up: false, message: 'no answer to PING' };
  }
}
