/** Takes stale workers off the list; what they held goes out again. */
import { Injectable, Logger } from '@nestjs/common';
import type { WorkerId } from '../core/ids';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { WorkerPresence } from '../workers/worker-presence';
import { WorkerRegistry } from '../workers/worker-registry';

@Injectable()
export class FleetCleanup {
  private readonly logger = new Logger(FleetCleanup.name);

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly presence: WorkerPresence,
    private readonly lifecycle: TaskLifecycle,
  ) {}

  /** @returns the workers that were removed */
  async run(): Promise<WorkerId[]> {
    const ids = await this.registry.ids();
    const looks = await Promise.allSettled(ids.map((id) => this.remove(id)));
    return ids.filter((id, i) => {
      const look = looks[i];
      if (look?.status === 'rejected')
        this.logger.warn({ worker_id: id, err: look.reason as unknown }, 'not looked at');
      return look?.status === 'fulfilled' && look.value;
    });
  }

  private async remove(id: WorkerId): Promise<boolean> {
    const { lease } = await this.registry.read(id);
    if (!(await this.presence.remove(id))) return false;
    this.registry.forget(id);
    this.logger.log({ worker_id: id, task_id: lease.taskId }, 'stale worker removed');
    if (lease.taskId !== null && lease.attemptId !== null) {
      const why = `worker ${id} sends no heartbeat and was removed`;
      await this.lifecycle.apply(lease.taskId, {
        kind: 'lost',
        evidence: { attemptId: lease.attemptId },
        why,
      });
    }
    return true;
  }
}
