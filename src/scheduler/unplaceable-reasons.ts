/** Keeps in Redis, for every replica to show, why no registered worker fits: one entry per resource signature, not per task. */
import { Injectable, Logger } from '@nestjs/common';
import type { Plan } from '../core/placement/plan';
import { EVERY_SIGNATURE, KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';

@Injectable()
export class UnplaceableReasons {
  private readonly logger = new Logger(UnplaceableReasons.name);
  private shown = new Map<string, string>();

  constructor(private readonly connections: RedisConnections) {}

  /**
   * The reasons as of now; those that are not among them no longer hold.
   * @param general why nothing at all is placed; null when that is not so
   */
  show(reasons: Plan['unplaceable'], general: string | null): void {
    const now = new Map(reasons.map(({ signature, reason }) => [signature, reason]));
    if (general !== null) now.set(EVERY_SIGNATURE, general);
    const redis = this.connections.commands;
    const writes: Promise<unknown>[] = [];
    for (const [signature, reason] of now) {
      if (this.shown.get(signature) === reason) continue;
      this.logger.debug({ signature, reason }, 'no registered worker fits');
      writes.push(redis.hset(KEY.unplaceable, signature, reason));
    }
    for (const signature of this.shown.keys()) {
      if (!now.has(signature)) writes.push(redis.hdel(KEY.unplaceable, signature));
    }
    this.shown = now;
    Promise.all(writes).catch(() => {
      // Said again with the next change; until then a task shows an older reason.
      this.shown = new Map();
    });
  }

  /** Nothing of an earlier process holds. */
  async reset(): Promise<void> {
    this.shown = new Map();
    await this.connections.commands.del(KEY.unplaceable);
  }
}
