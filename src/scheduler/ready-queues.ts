/** Tasks that can be placed, in memory: one queue for each resource signature, so that a task nobody can run blocks only its like. */
import type { TaskId } from '../core/ids';
import type { Resources } from '../core/model';
import type { PlacementQueue, QueuedTask } from '../core/placement/plan';
import { signatureOf } from '../core/placement/signature';
import { SortedQueue } from './sorted-queue';

interface Lane {
  resources: Resources;
  tasks: SortedQueue<QueuedTask>;
}

export class ReadyQueues {
  private readonly lanes = new Map<string, Lane>();
  private readonly signatures = new Map<TaskId, string>();

  get size(): number {
    return this.signatures.size;
  }

  has(id: TaskId): boolean {
    return this.signatures.has(id);
  }

  ids(): Iterable<TaskId> {
    return this.signatures.keys();
  }

  add(task: QueuedTask, resources: Resources): void {
    if (this.signatures.has(task.id)) return;
    const signature = signatureOf(resources);
    let lane = this.lanes.get(signature);
    if (!lane) {
      lane = { resources, tasks: new SortedQueue() };
      this.lanes.set(signature, lane);
    }
    lane.tasks.add(task);
    this.signatures.set(task.id, signature);
  }

  /** @returns what was queued under this id, so that it can be put back as it was. */
  remove(id: TaskId): { task: QueuedTask; resources: Resources } | null {
    const signature = this.signatures.get(id);
    const lane = signature === undefined ? undefined : this.lanes.get(signature);
    if (signature === undefined || !lane) return null;
    this.signatures.delete(id);
    const task = lane.tasks.remove(id);
    if (lane.tasks.size === 0) this.lanes.delete(signature);
    return task === null ? null : { task, resources: lane.resources };
  }

  /** The first tasks of each queue, at most `count` each. */
  heads(count: number): PlacementQueue[] {
    return [...this.lanes].map(([signature, { resources, tasks }]) => ({
      signature,
      resources,
      heads: tasks.first(count),
    }));
  }

  clear(): void {
    this.lanes.clear();
    this.signatures.clear();
  }
}
