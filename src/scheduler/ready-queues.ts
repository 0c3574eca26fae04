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
  sinceMs: number;
}

/** A task as it stood in a queue. */
export interface Queued {
  task: QueuedTask;
  resources: Resources;
  /** When it came, by this process' steady clock. */
  sinceMs: number;
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

  add({ task, resources, sinceMs }: Queued): void {
    if (this.places.has(task.id)) return;
    const signature = signatureOf(resources);
    let lane = this.lanes.get(signature);
    if (!lane) {
      lane = { signature, resources, tasks: new SortedQueue() };
      this.lanes.set(signature, lane);
    }
    const { id, score, avoid, shardable } = task;
    const place: Place = { id, score, avoid, shardable, lane, sinceMs };
    lane.tasks.add(place);
    this.places.set(id, place);
  }

  /** @returns what was queued under this id, so that it can be put back as it was. */
  remove(id: TaskId): Queued | null {
    const place = this.places.get(id);
    if (place === undefined) return null;
    const { lane } = place;
    this.places.delete(id);
    lane.tasks.remove(place);
    if (lane.tasks.size === 0) this.lanes.delete(lane.signature);
    return { task: place, resources: lane.resources, sinceMs: place.sinceMs };
  }

  /** The first tasks of each queue, at most `count` each. */
  heads(count: number): PlacementQueue[] {
    return [...this.lanes.values()].map(({ signature, resources, tasks }) => ({
      signature,
      resources,
      heads: tasks.first(count),
    }));
  }

  /** How many tasks wait for each need, and since when the one that has waited longest. Looks at every task. */
  waiting(): { resources: Resources; count: number; sinceMs: number }[] {
    return [...this.lanes.values()].map(({ resources, tasks }) => {
      const places = tasks.all();
      const sinceMs = places.reduce((oldest, place) => Math.min(oldest, place.sinceMs), Infinity);
      return { resources, count: tasks.size, sinceMs };
    });
  }

  clear(): void {
    this.lanes.clear();
    this.places.clear();
  }
}
