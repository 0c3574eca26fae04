/** How much work each kind of GPU has, waiting and under way: what workers are scaled by. Counted when it is read. */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { askedShape, ownShape, tally } from '../core/placement/gpu-shape';
import { Metrics } from '../metrics/metrics';
import { WorkerRegistry } from '../workers/worker-registry';
import { SchedulingLoop } from './scheduling-loop';

@Injectable()
export class GpuDemand implements OnModuleInit {
  constructor(
    private readonly loop: SchedulingLoop,
    private readonly registry: WorkerRegistry,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.beforeRead(() => {
      this.count();
    });
  }

  /** Only the replica that schedules knows; the others say nothing, so that sums are right. */
  private count(): void {
    const { queuedTasks, busyWorkers } = this.metrics;
    queuedTasks.reset();
    busyWorkers.reset();
    if (!this.loop.isRunning) return;
    const queued = this.loop.waiting().map(({ resources, count }) => [askedShape(resources), count] as const);
    for (const [gpu, count] of tally(queued)) queuedTasks.set({ gpu }, count);
    for (const [gpu, count] of tally(this.busy())) busyWorkers.set({ gpu }, count);
  }

  private *busy(): Generator<readonly [string, number]> {
    for (const { lease, report } of this.registry.all()) {
      if (lease.taskId !== null) yield [ownShape(report.hardware), 1];
    }
  }
}
