/** Threads for work that the event loop should not wait for; started with the first piece of it. */
import type { Logger } from '@nestjs/common';
import type { Piscina } from 'piscina';

export interface PoolSettings {
  /** A module whose default export does the work. */
  filename: string;
  /** What its threads do, for the log: "read results". */
  does: string;
  /** That many stay once they were started; the others end when they have had nothing to do for a minute. */
  minThreads: number;
  maxThreads: number;
  /** So many wait for one thread before another one is started. */
  concurrentTasksPerWorker?: number;
}

const IDLE_MS = 60_000;

export class LazyPool<Task, Answer> {
  private pool: Promise<Piscina<Task, Answer>> | null = null;

  constructor(
    private readonly logger: Logger,
    private readonly settings: PoolSettings,
  ) {}

  /** Rejects with what the work throws, of which no more than name, message and stack arrive. */
  async run(task: Task): Promise<Answer> {
    const pool = await (this.pool ??= this.start());
    return await pool.run(task);
  }

  async destroy(): Promise<void> {
    await (await this.pool)?.destroy();
  }

  private async start(): Promise<Piscina<Task, Answer>> {
    const { Piscina: Pool } = await import('piscina');
    const { does, ...settings } = this.settings;
    const pool = new Pool<Task, Answer>({ ...settings, idleTimeout: IDLE_MS, atomics: 'disabled' });
    // Whoever waits for that thread is told; without a listener the whole process would end.
    pool.on('error', (error: Error) => {
      this.logger.error({ err: error }, `a thread died, of those that ${does}`);
    });
    return pool;
  }
}
