/** RATE_LIMIT_PER_SEC: counted in Redis, whose second all replicas share. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';

@Injectable()
export class SubmissionRate {
  constructor(
    private readonly connections: RedisConnections,
    private readonly config: AppConfig,
  ) {}

  /** @throws ProblemError `too-many-requests` when this second has had its submissions */
  async take(): Promise<void> {
    const most = this.config.rateLimitPerSec;
    if (most === 0) return;
    if ((await this.countInThisSecond()) <= most) return;
    throw new ProblemError(
      'too-many-requests',
      `At most ${String(most)} documents a second (RATE_LIMIT_PER_SEC) are taken. Nothing was registered; try again in a second.`,
      [],
      { 'Retry-After': '1' },
    );
  }

  /** A second begins with its first submission; the key that counts them is gone when it is over. */
  private async countInThisSecond(): Promise<number> {
    const transaction = this.connections.commands.multi();
    transaction.set(KEY.submissionRate, 0, 'PX', 1_000, 'NX').incr(KEY.submissionRate);
    const [, counted] = (await transaction.exec()) ?? [];
    const [error, count] = counted ?? [];
    if (error) throw error;
    return Number(count);
  }
}
