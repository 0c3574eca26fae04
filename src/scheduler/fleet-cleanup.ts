/** Takes stale workers off the list, at any replica; the leader hears of what they held and sends it out again. */
import { Injectable, Logger } from '@nestjs/common';
import { ProblemError } from '../core/errors';
import type { WorkerId } from '../core/ids';
import { Grace } from '../workers/grace';
import { WorkerPresence } from '../workers/worker-presence';
import { WorkerReader } from '../workers/worker-reader';

@Injectable()
export class FleetCleanup {
  private readonly logger = new Logger(FleetCleanup.name);

  constructor(
    private readonly workers: WorkerReader,
    private readonly presence: WorkerPresence,
    private readonly grace: Grace,
  ) {}

  /** @returns the workers that were removed; 503 while their silence may be our own fault */
  async run(): Promise<WorkerId[]> {
    if (!this.grace.isOver()) {
      const sec = this.grace.leftSec();
      throw new ProblemError(
        'unavailable',
        `The service, or its Redis, was away until just now: workers may have been heard by nobody. Nothing was removed; in ${String(sec)} s (RECOVERY_GRACE_SEC) their silence counts again.`,
        [],
        { 'Retry-After': String(sec) },
      );
    }
    const ids = await this.workers.ids();
    const looks = await Promise.allSettled(ids.map((id) => this.remove(id)));
    return ids.filter((id, i) => {
      const look = looks[i];
      if (look?.status === 'rejected')
        this.logger.warn({ worker_id: id, err: look.reason as unknown }, 'not looked at');
      return look?.status === 'fulfilled' && look.value;
    });
  }

  private async remove(id: WorkerId): Promise<boolean> {
    const { lease } = await this.workers.read(id);
    if (!(await this.presence.remove(id))) return false;
    this.logger.log({ worker_id: id, task_id: lease.taskId }, 'stale worker removed');
    return true;
  }
}
