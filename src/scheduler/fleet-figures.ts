/**
 * What waits, for how long, and what the fleet is at: counted when somebody reads it. Only the replica that schedules
 * knows; the others say nothing, so that sums over replicas are right.
 */
import { Injectable, type OnModuleInit } from '@nestjs/common';
import type { Gauge } from 'prom-client';
import type { Resources } from '../core/model';
import { fits } from '../core/placement/fit';
import { canonicalGpuType } from '../core/placement/gpu-name';
import { askedShape, ownShape, tally } from '../core/placement/gpu-shape';
import { signatureOf } from '../core/placement/signature';
import { Metrics } from '../metrics/metrics';
import { TaskStore } from '../tasks/task.store';
import { WorkerRegistry } from '../workers/worker-registry';
import type { WorkerView } from '../workers/worker-view';
import { FreeFleet } from './free-fleet';
import { SchedulingLoop } from './scheduling-loop';

/**
 * `busy`: it holds a task of ours. `stale`: no heartbeat. `starting`: it has not said yet that it is idle. `away`: it does
 * something that we did not send, or rests.
 */
const WORKER_STATES = ['free', 'busy', 'stale', 'starting', 'away'] as const;
type WorkerState = (typeof WORKER_STATES)[number];

@Injectable()
export class FleetFigures implements OnModuleInit {
  constructor(
    private readonly loop: SchedulingLoop,
    private readonly fleet: FreeFleet,
    private readonly registry: WorkerRegistry,
    private readonly store: TaskStore,
    private readonly metrics: Metrics,
  ) {}

  onModuleInit(): void {
    this.metrics.beforeRead(() => this.count());
  }

  private async count(): Promise<void> {
    const { metrics } = this;
    for (const gauge of [
      metrics.tasks,
      metrics.queuedTasks,
      metrics.queuedTasksByNeeds,
      metrics.unplaceableTasks,
      metrics.busyWorkers,
      metrics.workers,
      metrics.gpus,
    ])
      gauge.reset();
    metrics.queueDepth.set(this.loop.queued);
    metrics.placeableTasks.set(0);
    metrics.oldestWait.set(0);
    if (!this.loop.isRunning) return;
    this.countWaiting();
    this.countWorkers();
    await this.countTasks();
  }

  private countWaiting(): void {
    const { queuedTasks, queuedTasksByNeeds, placeableTasks, unplaceableTasks, oldestWait } = this.metrics;
    const waiting = this.loop.waiting();
    const free = this.fleet.now();
    for (const { resources, count } of waiting) if (free.haveOneFor(resources)) placeableTasks.inc(count);
    setAll(queuedTasks, 'gpu', byShape(waiting));
    const alive = this.registry.alive();
    const canRun = (resources: Resources): boolean => alive.some(({ hardware }) => fits(resources, hardware));
    setAll(unplaceableTasks, 'gpu', byShape(waiting.filter(({ resources }) => !canRun(resources))));
    const byNeeds = waiting.map(({ resources, count }) => [signatureOf(resources), count] as const);
    setAll(queuedTasksByNeeds, 'needs', tally(byNeeds));
    const since = Math.min(...waiting.map(({ sinceMs }) => sinceMs));
    if (since < Infinity) oldestWait.set((performance.now() - since) / 1_000);
  }

  private countWorkers(): void {
    const free = this.fleet.now();
    const states = new Map<WorkerState, number>(WORKER_STATES.map((state) => [state, 0]));
    const busy: [shape: string, count: number][] = [];
    const gpus = { used: [] as [type: string, count: number][], free: [] as [type: string, count: number][] };
    for (const view of this.registry.all()) {
      const state = free.has(view.id) ? 'free' : stateOf(view);
      states.set(state, (states.get(state) ?? 0) + 1);
      if (view.lease.taskId !== null) busy.push([ownShape(view.report.hardware), 1]);
      if (state === 'stale') continue;
      const each = state === 'free' ? gpus.free : gpus.used;
      for (const { name } of view.report.hardware.gpus) each.push([canonicalGpuType(name), 1]);
    }
    setAll(this.metrics.workers, 'state', states);
    setAll(this.metrics.busyWorkers, 'gpu', tally(busy));
    for (const state of ['used', 'free'] as const)
      for (const [type, count] of tally(gpus[state])) {
        if (count > 0) this.metrics.gpus.set({ type, state }, count);
      }
  }

  /** Left out while Redis is away. */
  private async countTasks(): Promise<void> {
    const open = ['PENDING', 'WAITING', 'DISPATCHED', 'RUNNING'] as const;
    const counts = await Promise.all([this.store.readyCount(), this.store.countByStatus(open)]).catch(
      () => null,
    );
    if (counts === null) return;
    const [ready, [pending = 0, retrying = 0, dispatched = 0, running = 0]] = counts;
    const states = { blocked: Math.max(0, pending - ready), ready, retrying, dispatched, running };
    setAll(this.metrics.tasks, 'state', Object.entries(states));
  }
}

function byShape(waiting: readonly { resources: Resources; count: number }[]): Map<string, number> {
  return tally(waiting.map(({ resources, count }) => [askedShape(resources), count]));
}

function stateOf({ lease, report }: WorkerView): Exclude<WorkerState, 'free'> {
  if (lease.stale) return 'stale';
  if (lease.taskId !== null) return 'busy';
  return report.status === 'STARTING' ? 'starting' : 'away';
}

function setAll<L extends string>(
  gauge: Gauge<L>,
  label: L,
  values: Iterable<readonly [string, number]>,
): void {
  for (const [value, count] of values) gauge.set({ [label]: value } as Record<L, string>, count);
}
