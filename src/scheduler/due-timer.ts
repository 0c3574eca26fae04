/**
 * Wakes a handler when the first member of a sorted set, scored by microseconds of Redis' clock, is due.
 * The set in Redis is the record; the timer only spares polling it.
 */
import type { RedisClock } from '../redis/redis-clock';
import type { RedisConnections } from '../redis/redis-connections';

/** setTimeout's own limit is near 24 days; a look once an hour costs nothing. */
const LONGEST_WAIT_MS = 3_600_000;
const RETRY_MS = 1_000;
const LEFT_MS = 500;

export class DueTimer {
  private timer: NodeJS.Timeout | null = null;
  private wakesAtMs = Infinity;
  private stopped = false;
  private looking: Promise<void> | null = null;

  constructor(
    private readonly connections: RedisConnections,
    private readonly clock: RedisClock,
    private readonly key: string,
    private readonly onDue: (ids: string[]) => Promise<void>,
  ) {}

  /** Something was added that is due in `inMs` at the earliest. */
  poke(inMs = 0): void {
    const at = Date.now() + inMs;
    if (this.stopped || at >= this.wakesAtMs) return;
    if (this.timer) clearTimeout(this.timer);
    this.wakesAtMs = at;
    this.timer = setTimeout(() => void this.wake(), inMs);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.looking;
  }

  private async wake(): Promise<void> {
    this.wakesAtMs = Infinity;
    if (this.looking) {
      // What was added during the look may be earlier than what it saw.
      await this.looking;
    }
    this.looking = this.look();
    await this.looking;
    this.looking = null;
  }

  private async look(): Promise<void> {
    try {
      const nowUs = await this.clock.nowUs();
      const due = await this.connections.commands.zrange(this.key, '-inf', String(nowUs), 'BYSCORE');
      if (due.length > 0) await this.onDue(due);
      const [, next] = await this.connections.commands.zrange(this.key, 0, '0', 'WITHSCORES');
      if (next === undefined) return;
      const inMs = Math.ceil((Number(next) - nowUs) / 1000);
      // A member that is due and still there was left by its handler for a reason: not at once again.
      this.poke(inMs <= 0 ? LEFT_MS : Math.min(inMs, LONGEST_WAIT_MS));
    } catch {
      // Redis is away; the connection reports that, and the work is still in the set.
      this.poke(RETRY_MS);
    }
  }
}
