/** The secret of signed file URLs: configured, or made once and kept in Redis, so that every replica has the same. */
import { randomBytes } from 'node:crypto';
import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleInit } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { KEY } from './keys';
import { RedisConnections } from './redis-connections';

@Injectable()
export class SigningSecret implements OnModuleInit, OnApplicationBootstrap {
  private readonly logger = new Logger(SigningSecret.name);
  private secret: string | null;
  private readonly configured: boolean;

  constructor(
    config: AppConfig,
    private readonly connections: RedisConnections,
  ) {
    this.secret = config.urlSigningSecret;
    this.configured = this.secret !== null;
  }

  onModuleInit(): void {
    this.connections.onUp(() => void this.agree());
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.connections.isUp()) await this.agree();
  }

  /** For an HTTP answer: 503 until Redis was reached once. */
  value(): string {
    if (this.secret !== null) return this.secret;
    void this.agree();
    throw new ProblemError(
      'unavailable',
      'File URLs cannot be signed before the task store was reached.',
      [],
      {
        'Retry-After': '1',
      },
    );
  }

  /** Takes the secret that Redis has; a Redis that has none, new or emptied, is given ours, so that URLs stay good. */
  async agree(): Promise<void> {
    if (this.configured) return;
    const redis = this.connections.commands;
    try {
      const kept = await redis.get(KEY.signingSecret);
      if (kept === null) {
        await redis.set(KEY.signingSecret, this.secret ?? randomBytes(32).toString('base64url'), 'NX');
      }
      // Of several replicas that found none, one was first.
      this.secret = kept ?? (await redis.get(KEY.signingSecret)) ?? this.secret;
    } catch (error) {
      this.logger.debug({ err: error }, 'the secret of file URLs could not be asked for');
    }
  }
}
