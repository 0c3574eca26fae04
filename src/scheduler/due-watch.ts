/**
 * Acts when the first member of a sorted set, scored by microseconds of Redis' clock, is due.
 * The set in Redis is the record; the timer only spares polling it. Only the leader's runs.
 */
import { trustedTaskId, type TaskId } from '../core/ids';
import type { RedisClock } from '../redis/redis-clock';
import type { RedisConnections } from '../redis/redis-connections';

/** setTimeout's own limit is near 24 days; a look once an hour costs nothing. */
const LONGEST_WAIT_MS = 3_600_000;
const RETRY_MS = 1_000;
const LEFT_MS = 500;
/** How many members one look hands over: the rest follows at once. */
const BATCH = 500;

export abstract class DueWatch {
  private timer: NodeJS.Timeout | null = null;
  private wakesAtMs = Infinity;
  private running = false;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly connections: RedisConnections,
    private readonly clock: RedisClock,
    private readonly key: string,
  ) {}

  /** Takes them out of the set, each by its own script; what it leaves comes again. */
  protected abstract act(due: TaskId[]): Promise<void>;

  /** Looks at once, and from then on when something is due. */
  start(): void {
    this.running = true;
    this.look();
  }

  /** The set may have changed unheard. */
  look(): void {
    this.expectIn(0);
  }

  /** Ends when a look that is on its way has ended. */
  async stop(): Promise<void> {
    this.running = false;
    this.rest();
    await this.looking;
    this.rest();
  }

  /** Something was added that is due in `inMs` at the earliest. */
  protected expectIn(inMs: number): void {
    const waitMs = Math.min(inMs, LONGEST_WAIT_MS);
    const at = performance.now() + waitMs;
    if (!this.running || at >= this.wakesAtMs) return;
    if (this.timer) clearTimeout(this.timer);
    this.wakesAtMs = at;
    this.timer = setTimeout(() => {
      this.wake();
    }, waitMs);
  }

  private rest(): void {
    if (this.timer) clearTimeout(this.timer);
    this.wakesAtMs = Infinity;
  }

  /** What was added during a look may be earlier than what it saw: looks follow each other. */
  private wake(): void {
    this.wakesAtMs = Infinity;
    this.looking = this.looking.then(() => this.check());
  }

  private async check(): Promise<void> {
    try {
      const nowUs = await this.clock.nowUs();
      const redis = this.connections.commands;
      const due = await redis.zrange(this.key, '-inf', String(nowUs), 'BYSCORE', 'LIMIT', 0, BATCH);
      if (due.length > 0) await this.act(due.map(trustedTaskId));
      const [, next] = await redis.zrange(this.key, 0, '0', 'WITHSCORES');
      if (next === undefined) return;
      const inMs = Math.ceil((Number(next) - nowUs) / 1000);
      // A member that is due and still there was left by its handler for a reason: not at once again.
      this.expectIn(inMs > 0 ? inMs : due.length === BATCH ? 0 : LEFT_MS);
    } catch {
      // Redis is away; the connection reports that, and the work is still in the set.
      this.expectIn(RETRY_MS);
    }
  }
}
