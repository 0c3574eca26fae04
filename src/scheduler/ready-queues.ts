/** Tasks that can be placed, in memory: one queue for each resource signature, so that a task nobody can run blocks only its like. */
import type { TaskId } from '../core/ids';
import type { Resources } from '../core/model';
import type { PlacementQueue, QueuedTask } from '../core/placement/plan';
import { signatureOf } from '../core/placement/signature';
import { SortedQueue } from './sorted-queue';

interface Lane {
  signature: string;
  resources: Resources;
  tasks: SortedQueue<Place>;
}

/** One object for each queued task, of which there may be a million. */
interface Place extends QueuedTask {
  lane: Lane;
}

export class ReadyQueues {
  private readonly lanes = new Map<string, Lane>();
  private readonly places = new Map<TaskId, Place>();

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
    const { id, score, avoid, shardable } = task;
    const place: Place = { id, score, avoid, shardable, lane };
    lane.tasks.add(place);
    this.places.set(id, place);
  }

  /** @returns what was queued under this id, so that it can be put back as it was. */
  remove(id: TaskId): { task: QueuedTask; resources: Resources } | null {
    const place = this.places.get(id);
    if (place === undefined) return null;
    const { lane } = place;
    this.places.delete(id);
    lane.tasks.remove(place);
    if (lane.tasks.size === 0) this.lanes.delete(lane.signature);
    return { task: place, resources: lane.resources };
  }

  /** The first tasks of each queue, at most `count` each. */
  heads(count: number): PlacementQueue[] {
    return [...this.lanes.values()].map(({ signature, resources, tasks }) => ({
      signature,
      resources,
      heads: tasks.first(count),
    }));
  }

  sizes(): { resources: Resources; count: number }[] {
    return [...this.lanes.values()].map(({ resources, tasks }) => ({ resources, count: tasks.size }));
  }

  clear(): void {
    this.lanes.clear();
    this.places.clear();
  }
}
