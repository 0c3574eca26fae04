/** Tasks that can be placed, in memory: one queue for each resource signature, so that a task nobody can run blocks only its like. */
import type { TaskId } from '../core/ids';
import type { Resources } from '../core/model';
import type { PlacementQueue, QueuedTask } from '../core/placement/plan';
import { signatureOf } from '../core/placement/signature';
import { SortedQueue } from './sorted-queue';

interface Lane {
  signature: string;
  resources: Resources;
  tasks: SortedQueue<QueuedTask>;
}

export class ReadyQueues {
  private readonly lanes = new Map<string, Lane>();
  private readonly places = new Map<TaskId, { task: QueuedTask; lane: Lane }>();

  get size(): number {
    return this.places.size;
  }

  has(id: TaskId): boolean {
    return this.places.has(id);
  }

  ids(): Iterable<TaskId> {
    return this.places.keys();
  }

  add(task: QueuedTask, resources: Resources): void {
    if (this.places.has(task.id)) return;
    const signature = signatureOf(resources);
    let lane = this.lanes.get(signature);
    if (!lane) {
      lane = { signature, resources, tasks: new SortedQueue() };
      this.lanes.set(signature, lane);
    }
    lane.tasks.add(task);
    this.places.set(task.id, { task, lane });
  }

  /** @returns what was queued under this id, so that it can be put back as it was. */
  remove(id: TaskId): { task: QueuedTask; resources: Resources } | null {
    const place = this.places.get(id);
    if (place === undefined) return null;
    const { task, lane } = place;
    this.places.delete(id);
    lane.tasks.remove(task);
    if (lane.tasks.size === 0) this.lanes.delete(lane.signature);
    return { task, resources: lane.resources };
  }

  /** The first tasks of each queue, at most `count` each. */
  heads(count: number): PlacementQueue[] {
    return [...this.lanes.values()].map(({ signature, resources, tasks }) => ({
      signature,
      resources,
      heads: tasks.first(count),
    }));
  }

  clear(): void {
    this.lanes.clear();
    this.places.clear();
  }
}
