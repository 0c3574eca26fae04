/** The secret of signed file URLs: configured, or made once and kept in Redis, so that every replica has the same. */
import { randomBytes } from 'node:crypto';
import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { KEY } from './keys';
import { RedisConnections } from './redis-connections';

@Injectable()
export class SigningSecret implements OnApplicationBootstrap {
  private secret: string | null;

  constructor(
    config: AppConfig,
    private readonly connections: RedisConnections,
  ) {
    this.secret = config.urlSigningSecret;
  }

  async onApplicationBootstrap(): Promise<void> {
    if (this.secret !== null) return;
    const redis = this.connections.commands;
    await redis.set(KEY.signingSecret, randomBytes(32).toString('base64url'), 'NX');
    this.secret = await redis.get(KEY.signingSecret);
  }

  value(): string {
    if (this.secret === null) throw new Error('the signing secret is read before the service has started');
    return this.secret;
  }
}
