/** Pairs waiting tasks with free workers: queue heads and who is free in, assignments and reasons out. */
import type { TaskId, WorkerId } from '../ids';
import type { Resources } from '../model';
import { fits } from './fit';
import { countFitting, type HardwareClass } from './fleet';
import type { Bucket, FreeWorkers } from './free-workers';
import { Heap } from './heap';
import { fairShare, shardCount } from './share';
import { PlacementMemo, whyUnplaceable } from './unplaceable';

/** A task that waits for a worker. */
export interface QueuedTask {
  id: TaskId;
  /** Lower goes first. */
  score: number;
  /** The worker that failed it: not given to it while another registered worker fits. */
  avoid: WorkerId | null;
  /** Set when the task may be split: at most `maxShards`, and `minShards` when as many registered workers fit. */
  shardable: { maxShards: number; minShards: number } | null;
}

/** Tasks with the same needs; `heads` are the first ones, lowest score first, as many as could be placed at once. */
export interface PlacementQueue {
  signature: string;
  resources: Resources;
  heads: readonly QueuedTask[];
}

export interface PlacementInput {
  queues: readonly PlacementQueue[];
  free: FreeWorkers;
  /** All workers that are alive, the free ones included, by kind: the same array for as long as they are the same. */
  fleet: readonly HardwareClass[];
}

export interface Plan {
  assignments: { taskId: TaskId; workerId: WorkerId }[];
  /**
   * Tasks to be cut into so many shards, and the workers that this plan keeps free for them. A later plan places the
   * shards; the caller holds the workers back until they are queued.
   */
  splits: { taskId: TaskId; shards: number; workers: WorkerId[] }[];
  /** Needs that no registered worker meets, with the best near-miss. */
  unplaceable: { signature: string; reason: string }[];
}

/**
 * Strictly in order of score, each worker at most once, each task on the smallest worker that suffices. A task
 * without GPUs gets a GPU worker only when no other free worker fits and no waiting GPU task can use it.
 * Costs O(log S) per task for S signatures, and one look at each kind of free worker per signature.
 */
export function planPlacement(input: PlacementInput, memo: PlacementMemo = new PlacementMemo()): Plan {
  const planner = new Planner(input, memo);
  planner.pass('spare-gpus');
  planner.pass('use-all');
  return { assignments: planner.assignments, splits: planner.splits, unplaceable: planner.unplaceable() };
}

type Pass = 'spare-gpus' | 'use-all';

/** One signature on its way through the plan. */
interface Lane {
  /** Its place among the queues. */
  order: number;
  resources: Resources;
  heads: readonly QueuedTask[];
  next: number;
  /** Heads that found no worker now, for the second pass. */
  parked: QueuedTask[];
  /** Kinds of free workers that fit, best first; made when first asked for. */
  fitting: readonly Bucket[] | null;
  /** Those of them that are left and not spared, as of a moment in the plan. */
  usable: { pass: Pass; emptied: number; buckets: readonly Bucket[] } | null;
}

class Planner {
  readonly assignments: Plan['assignments'] = [];
  readonly splits: Plan['splits'] = [];
  private readonly buckets: Bucket[];
  private readonly lanes: Lane[];
  private readonly wantedByGpuTasks = new Map<Bucket, boolean>();
  private left: number;
  /** How many kinds of workers have run out: while it stays the same, so does what a lane may take from. */
  private emptied = 0;

  constructor(
    private readonly input: PlacementInput,
    private readonly memo: PlacementMemo,
  ) {
    this.buckets = input.free.buckets();
    this.left = input.free.size;
    this.lanes = input.queues.map(({ resources, heads }, order) => ({
      order,
      resources,
      heads,
      next: 0,
      parked: [],
      fitting: null,
      usable: null,
    }));
  }

  pass(pass: Pass): void {
    const heap = new Heap<Lane>(goesFirst);
    for (const lane of this.lanes) {
      if (lane.parked.length > 0) {
        lane.heads = [...lane.parked, ...lane.heads.slice(lane.next)];
        lane.next = 0;
        lane.parked = [];
      }
      if (lane.next < lane.heads.length) heap.push(lane);
    }
    for (let lane = heap.pop(); lane !== undefined && this.left > 0; lane = heap.pop()) {
      const head = lane.heads[lane.next];
      if (head === undefined) continue;
      const usable = this.usable(lane, pass);
      if (usable.length === 0) continue; // nothing for its like: the queue leaves this pass
      lane.next += 1;
      if (!this.place(head, lane, usable, pass)) lane.parked.push(head);
      if (lane.next < lane.heads.length) heap.push(lane);
    }
  }

  unplaceable(): Plan['unplaceable'] {
    this.memo.align(this.input.fleet);
    return this.input.queues.flatMap(({ signature, resources, heads }) => {
      if (heads.length === 0) return [];
      const reason = this.memo.verdict(signature, () => whyUnplaceable(resources, this.input.fleet));
      return reason === null ? [] : [{ signature, reason }];
    });
  }

  /** Splits or assigns one task; false when it has to wait. */
  private place(task: QueuedTask, lane: Lane, usable: readonly Bucket[], pass: Pass): boolean {
    const avoid = this.avoidable(task, lane);
    const idle = usable.reduce((sum, bucket) => sum + bucket.leftWithout(avoid), 0);
    if (idle === 0) return false;
    const shards = this.shardsFor(task, lane, usable, idle, pass);
    if (shards > 1) {
      const kept = Array.from({ length: Math.min(shards, idle) }, () => this.take(usable, avoid));
      this.splits.push({ taskId: task.id, shards, workers: kept.filter((id) => id !== undefined) });
      return true;
    }
    const workerId = this.take(usable, avoid);
    if (workerId === undefined) return false;
    this.assignments.push({ taskId: task.id, workerId });
    return true;
  }

  /** The worker to keep the task from; null when it is the only one that fits. */
  private avoidable(task: QueuedTask, lane: Lane): WorkerId | null {
    if (task.avoid === null) return null;
    return countFitting(this.input.fleet, lane.resources, task.avoid, 1) > 0 ? task.avoid : null;
  }

  private shardsFor(
    task: QueuedTask,
    lane: Lane,
    usable: readonly Bucket[],
    idle: number,
    pass: Pass,
  ): number {
    if (task.shardable === null) return 1;
    const { maxShards, minShards } = task.shardable;
    const share = idle === 1 ? 1 : fairShare(idle, maxShards, this.competitors(lane, usable, idle, pass));
    const fitting = minShards > share ? countFitting(this.input.fleet, lane.resources, null, minShards) : 0;
    return shardCount(share, minShards, maxShards, fitting);
  }

  /** What each other waiting task could use of these workers; no more of them than there are workers. */
  private competitors(own: Lane, contested: readonly Bucket[], idle: number, pass: Pass): number[] {
    const marked = new Set(contested);
    const demands: number[] = [];
    for (const lane of [own, ...this.lanes]) {
      if (demands.length >= idle) break;
      if ((lane === own && demands.length > 0) || lane.next >= lane.heads.length) continue;
      if (lane !== own && !this.usable(lane, pass).some((bucket) => marked.has(bucket))) continue;
      for (let index = lane.next; index < lane.heads.length && demands.length < idle; index++) {
        demands.push(lane.heads[index]?.shardable?.maxShards ?? 1);
      }
    }
    return demands;
  }

  /** Kinds of workers that the lane may take from now, best first. */
  private usable(lane: Lane, pass: Pass): readonly Bucket[] {
    if (lane.usable?.pass === pass && lane.usable.emptied === this.emptied) return lane.usable.buckets;
    lane.fitting = (
      lane.fitting ?? this.buckets.filter(({ hardware }) => fits(lane.resources, hardware))
    ).filter((bucket) => bucket.left > 0);
    const any = pass === 'use-all' || lane.resources.gpu !== null;
    const buckets = any ? lane.fitting : lane.fitting.filter((bucket) => !this.isSpared(bucket));
    lane.usable = { pass, emptied: this.emptied, buckets };
    return buckets;
  }

  private isSpared(bucket: Bucket): boolean {
    return bucket.hasGpu && this.isWantedByGpuTasks(bucket);
  }

  private isWantedByGpuTasks(bucket: Bucket): boolean {
    let wanted = this.wantedByGpuTasks.get(bucket);
    if (wanted === undefined) {
      wanted = this.lanes.some(
        ({ resources, heads }) =>
          resources.gpu !== null && heads.length > 0 && fits(resources, bucket.hardware),
      );
      this.wantedByGpuTasks.set(bucket, wanted);
    }
    return wanted;
  }

  private take(usable: readonly Bucket[], avoid: WorkerId | null): WorkerId | undefined {
    for (const bucket of usable) {
      const id = bucket.take(avoid);
      if (id === undefined) continue;
      this.left -= 1;
      if (bucket.left === 0) this.emptied += 1;
      return id;
    }
    return undefined;
  }
}

const scoreOf = (lane: Lane): number => lane.heads[lane.next]?.score ?? Infinity;

/** By score; equal ones in the order of the queues, so that a plan is the same every time. */
function goesFirst(left: Lane, right: Lane): boolean {
  const difference = scoreOf(left) - scoreOf(right);
  return difference < 0 || (difference === 0 && left.order < right.order);
}
