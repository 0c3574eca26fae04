/** The two connections that everything shares: one for commands, one that only subscribes. */
import { Injectable, Logger, type BeforeApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Redis } from 'ioredis';
import { AppConfig } from '../config/app-config';

/** A command that Redis has not answered by then fails, so that no request hangs on a stalled server. */
const COMMAND_TIMEOUT_MS = 10_000;

@Injectable()
export class RedisConnections implements OnModuleInit, BeforeApplicationShutdown {
  private readonly logger = new Logger(RedisConnections.name);
  readonly commands: Redis;
  readonly subscriber: Redis;

  private readonly url: string;

  constructor(config: AppConfig) {
    this.url = config.redisUrl;
    const options = {
      lazyConnect: true,
      retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 1_000),
    };
    this.commands = new Redis(config.redisUrl, {
      ...options,
      enableAutoPipelining: true,
      commandTimeout: COMMAND_TIMEOUT_MS,
      maxRetriesPerRequest: 3,
    });
    // A subscription waits for as long as it takes, and is renewed by ioredis after each reconnect.
    this.subscriber = new Redis(config.redisUrl, { ...options, maxRetriesPerRequest: null });
    this.report('commands', this.commands);
    this.report('subscriber', this.subscriber);
  }

  async onModuleInit(): Promise<void> {
    try {
      await Promise.all([this.commands.connect(), this.subscriber.connect()]);
    } catch (error) {
      const { hostname, port } = new URL(this.url);
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(
        `Redis at ${hostname}:${port === '' ? '6379' : port} (REDIS_URL) does not answer: ${why}`,
        { cause: error },
      );
    }
    await this.refuseCluster();
  }

  beforeApplicationShutdown(): void {
    // Commands stay open for what still ends; RedisModule closes them last.
    this.subscriber.disconnect();
  }

  close(): void {
    this.commands.disconnect();
  }

  isUp(): boolean {
    return this.commands.status === 'ready';
  }

  /** A worker registers with one MULTI over keys of several slots, which a cluster cannot take. */
  private async refuseCluster(): Promise<void> {
    const info = await this.commands.info('cluster');
    if (info.includes('cluster_enabled:1')) {
      throw new Error(
        'REDIS_URL is a Redis Cluster; workers register across slots, so a single Redis is needed',
      );
    }
  }

  /** One line when a connection goes and one when it is back, however often it tries in between. */
  private report(name: string, redis: Redis): void {
    let down = false;
    redis.on('error', (error: Error) => {
      if (!down) this.logger.warn(`Redis (${name}): ${error.message}; trying again until it answers`);
      down = true;
    });
    redis.on('ready', () => {
      if (down) this.logger.log(`Redis (${name}) answers again`);
      down = false;
    });
  }
}
