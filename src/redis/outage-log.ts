/** One line when Redis is missing and one when it is back, on however many connections and attempts that is noticed. */
import type { Logger } from '@nestjs/common';

const UNREACHABLE = 'unreachable';

export class OutageLog {
  private readonly told = new Set<string>();

  constructor(
    private readonly logger: Logger,
    /** Where Redis is, without credentials. */
    private readonly place: string,
  ) {}

  /** How a server is not reached changes from attempt to attempt; that it refuses us is worth a line of its own. */
  missing(why: unknown): void {
    const text = textOf(why);
    const kind = /^[A-Z]{4,}(?= )/.exec(text)?.[0] ?? UNREACHABLE;
    if (this.told.has(kind)) return;
    this.told.add(kind);
    this.logger.warn(`Redis at ${this.place} cannot be used: ${text}; it is asked again until it can`);
  }

  /** It is there, and somebody has to change it: waiting alone does not help. */
  unfit(why: string): void {
    if (this.told.has(why)) return;
    this.told.add(why).add(UNREACHABLE);
    this.logger.error(
      `Redis at ${this.place} must not be worked with: ${why}; until then nothing is scheduled, and results and files are kept`,
    );
  }

  back(): void {
    if (this.told.size > 0) this.logger.log(`Redis at ${this.place} answers again`);
    this.told.clear();
  }
}

function textOf(why: unknown): string {
  // A name with several addresses fails with one error for all of them, which has no message of its own.
  if (why instanceof AggregateError && why.errors.length > 0) return textOf(why.errors[0]);
  const text = why instanceof Error ? why.message : String(why);
  if (!text.startsWith('All sentinels are unreachable')) return text;
  return 'no sentinel names the master: they are away, know none of that name, or want another REDIS_SENTINEL_PASSWORD';
}
