/**
 * Where documents are prepared: small ones at once, since a message to a thread costs more than they do; large ones in a
 * thread, so that results, events and probes do not wait for them.
 */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { join } from 'node:path';
import { availableParallelism } from 'node:os';
import type { Piscina } from 'piscina';
import { type Preparation, type Prepared, prepareRun } from './prepare-run';

/** A few milliseconds of parsing. */
const LARGE_CHARS = 8 * 1024;
/** One core stays with the event loop. */
const MOST_THREADS = 4;
const IDLE_MS = 60_000;

@Injectable()
export class Preparations implements OnApplicationShutdown {
  private readonly logger = new Logger(Preparations.name);
  private pool: Promise<Piscina<Preparation, Prepared>> | null = null;

  async run(preparation: Preparation): Promise<Prepared> {
    if (preparation.text.length < LARGE_CHARS) return prepareRun(preparation);
    const pool = await (this.pool ??= this.start());
    return await pool.run(preparation);
  }

  async onApplicationShutdown(): Promise<void> {
    await (await this.pool)?.destroy();
  }

  /** Loaded with the first large document: most services that start have none to read yet. */
  private async start(): Promise<Piscina<Preparation, Prepared>> {
    const { Piscina: Pool } = await import('piscina');
    const pool = new Pool<Preparation, Prepared>({
      filename: join(__dirname, 'preparation-thread.js'),
      minThreads: 0,
      maxThreads: Math.min(MOST_THREADS, Math.max(1, availableParallelism() - 1)),
      idleTimeout: IDLE_MS,
    });
    // Whoever waits for that thread is told; without a listener the whole process would end.
    pool.on('error', (error: Error) => {
      this.logger.error({ err: error }, 'a thread that prepares documents died');
    });
    return pool;
  }
}
