/** Reads small files that workers have left on shared storage, in threads of its own. */
import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { join } from 'node:path';
import { LazyPool } from '../threads/lazy-pool';
import type { LeftFile, LeftRequest } from './read-left';

/** A file takes some 50 µs; a second thread is for when a server far away lets the first one wait. */
const MOST_THREADS = 2;
const WAITING_PER_THREAD = 16;

@Injectable()
export class LeftReader implements OnApplicationShutdown {
  private readonly pool = new LazyPool<LeftRequest, (LeftFile | null)[]>(new Logger(LeftReader.name), {
    filename: join(__dirname, 'left-thread.js'),
    does: 'read what workers left',
    minThreads: 1,
    maxThreads: MOST_THREADS,
    concurrentTasksPerWorker: WAITING_PER_THREAD,
  });

  /** One answer for each directory. */
  read(request: LeftRequest): Promise<(LeftFile | null)[]> {
    return this.pool.run(request);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}
