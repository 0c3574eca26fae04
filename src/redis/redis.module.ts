/** Global: the one Redis provider that all modules share. */
import { Global, Module, type OnApplicationShutdown } from '@nestjs/common';
import { EventSubscriptions } from './event-subscriptions';
import { Leadership } from './leadership';
import { RedisClock } from './redis-clock';
import { RedisConnections } from './redis-connections';
import { Scripts } from './scripts';
import { SigningSecret } from './signing-secret';

const providers = [RedisConnections, EventSubscriptions, Scripts, RedisClock, Leadership, SigningSecret];

@Global()
@Module({ providers, exports: providers })
export class RedisModule implements OnApplicationShutdown {
  constructor(private readonly connections: RedisConnections) {}

  onApplicationShutdown(): void {
    this.connections.close();
  }
}
