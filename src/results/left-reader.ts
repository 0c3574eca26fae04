/** Reads small files that workers have left on shared storage, in threads of its own unless that is a waste of time. */
import { Injectable, Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { localDeviceOf } from '../artifacts/local-volume';
import { AppConfig } from '../config/app-config';
import { LazyPool } from '../threads/lazy-pool';
import { readLeft, type LeftFile, type LeftRequest } from './read-left';

/** A file takes some 50 µs; a second thread is for when a server far away lets the first one wait. */
const MOST_THREADS = 2;
const WAITING_PER_THREAD = 16;

@Injectable()
export class LeftReader implements OnApplicationBootstrap, OnApplicationShutdown {
  /** That of the results directory, if it is this machine's own. */
  private localDevice: number | null = null;
  private readonly pool = new LazyPool<LeftRequest, (LeftFile | null)[]>(new Logger(LeftReader.name), {
    filename: join(__dirname, 'left-thread.js'),
    does: 'read what workers left',
    minThreads: 1,
    maxThreads: MOST_THREADS,
    concurrentTasksPerWorker: WAITING_PER_THREAD,
  });

  constructor(private readonly config: AppConfig) {}

  async onApplicationBootstrap(): Promise<void> {
    this.localDevice = await localDeviceOf(this.config.resultsDir);
  }

  /** One answer for each directory. */
  read(request: LeftRequest): Promise<(LeftFile | null)[]> {
    return this.pool.run(request);
  }

  /**
   * The same for files that a worker has written a moment ago. On this machine's own file system they are in memory still:
   * reading them takes less time than telling a thread to.
   */
  async readFresh(request: LeftRequest): Promise<(LeftFile | null)[]> {
    return this.isHere(request.directories) ? readLeft(request) : await this.read(request);
  }

  /**
   * Below a local directory another server's may be mounted, or linked to, and let everybody wait. A task's own is no mount;
   * those that documents name may be.
   */
  private isHere([own, ...named]: readonly string[]): boolean {
    if (own === undefined || named.length > 0 || this.localDevice === null) return false;
    const stats = lstatSync(own, { throwIfNoEntry: false });
    return stats?.isDirectory() === true && stats.dev === this.localDevice;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.pool.destroy();
  }
}
