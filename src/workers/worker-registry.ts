/**
 * The workers of this fleet, in memory, kept by what is heard of them and read again where that does not say enough.
 * Redis holds the truth, and the dispatch script asks it.
 */
import { Injectable } from '@nestjs/common';
import type { TaskId, WorkerId } from '../core/ids';
import { type HardwareClass, hardwareClasses, hardwareKey } from '../core/placement/fleet';
import { READ_AT_ONCE, WorkerReader } from './worker-reader';
import { snapshotOf, type WorkerView } from './worker-view';

const MAX_REMEMBERED = 10_000;
/** A worker of whom something is heard while it is read is read again, so often. */
const MAX_READS = 5;

@Injectable()
export class WorkerRegistry {
  private readonly views = new Map<WorkerId, WorkerView>();
  private readonly changed = new Set<WorkerId>();
  private aliveNow: readonly HardwareClass[] | null = null;
  /** Hashes of workers that left the list without a goodbye: a Redis that was emptied forgets them, they never join again. */
  private readonly remembered = new Map<WorkerId, WorkerView['hash']>();

  constructor(private readonly reader: WorkerReader) {}

  get(id: WorkerId): WorkerView | null {
    return this.views.get(id) ?? null;
  }

  all(): IterableIterator<WorkerView> {
    return this.views.values();
  }

  get size(): number {
    return this.views.size;
  }

  /** Who has come, gone or changed since this was asked last. */
  takeChanged(): WorkerId[] {
    const ids = [...this.changed];
    this.changed.clear();
    return ids;
  }

  /** Those whose heartbeat is heard, by kind: the same array until somebody comes, goes or changes. */
  alive(): readonly HardwareClass[] {
    this.aliveNow ??= hardwareClasses([...this.views.values()].filter(isAlive).map(snapshotOf));
    return this.aliveNow;
  }

  /** Reads one worker again. @returns null when it is not registered (any more). */
  async refresh(id: WorkerId): Promise<WorkerView | null> {
    for (let reads = 1; ; reads += 1) {
      const before = this.views.get(id);
      const view = await this.reader.read(id);
      if (this.views.get(id) !== before && reads < MAX_READS) continue;
      this.take(view);
      return view.listed ? view : null;
    }
  }

  /** Reads all of them again and forgets those that are gone. */
  async refreshAll(): Promise<void> {
    const ids = await this.reader.ids();
    const known = [...this.views.keys()];
    const heardOf: WorkerId[] = [];
    for (let read = 0; read < ids.length;) {
      const next = ids.slice(read, read + READ_AT_ONCE);
      const before = next.map((id) => this.views.get(id));
      const views = await this.reader.readFirst(next);
      for (const [i, view] of views.entries()) {
        if (this.views.get(view.id) === before[i]) this.take(view);
        else heardOf.push(view.id);
      }
      read += views.length;
    }
    await Promise.all(heardOf.map((id) => this.refresh(id)));
    const listed = new Set(ids);
    for (const id of known) if (!listed.has(id)) this.depart(id);
  }

  /** A dispatch succeeded. */
  noteLease(id: WorkerId, taskId: TaskId): void {
    const view = this.views.get(id);
    // Its end may be heard before the answer to its dispatch.
    if (!view || view.lease.endedTask === taskId) return;
    this.set({ ...view, lease: { ...view.lease, taskId } });
  }

  /** The worker ended the task by its own word, and its lease with it. */
  noteEnd(id: WorkerId, taskId: TaskId, atUs: number): void {
    const view = this.views.get(id);
    if (!view || (view.lease.taskId !== null && view.lease.taskId !== taskId)) return;
    const ended = { endedTask: taskId, endedAtUs: atUs, endedHeard: true };
    this.set({
      ...view,
      lease: { ...view.lease, taskId: null, attemptId: null, proven: true, ...ended },
    });
  }

  /**
   * The worker said what it does.
   * @returns false when it is not known here, and has to be read
   */
  noteStatus(
    id: WorkerId,
    says: { status: string; taskId: TaskId | null; lastTask: TaskId | null },
  ): boolean {
    const view = this.views.get(id);
    if (!view) return false;
    const { status, taskId, lastTask } = says;
    const report = {
      ...view.report,
      status,
      extraTaskId: taskId ?? view.report.extraTaskId,
      extraLastTask: lastTask ?? view.report.extraLastTask,
    };
    this.set({ ...view, report });
    return true;
  }

  /** The hash of a worker as it was read last, as a list of one or none. */
  recall(id: WorkerId): [WorkerId, WorkerView['hash']][] {
    const hash = this.views.get(id)?.hash ?? this.remembered.get(id);
    return hash === undefined ? [] : [[id, hash]];
  }

  /** Everybody of whom this replica has ever read, as they were read last. */
  *recallAll(): Generator<[WorkerId, WorkerView['hash']]> {
    yield* this.remembered;
    for (const [id, { hash }] of this.views) yield [id, hash];
  }

  /** It said goodbye. */
  forget(id: WorkerId): void {
    this.drop(id);
    this.remembered.delete(id);
  }

  /** As it was read. */
  private take(view: WorkerView): void {
    if (view.listed) this.put(view);
    else this.depart(view.id);
  }

  private put(view: WorkerView): void {
    const before = this.views.get(view.id);
    if (before === undefined || !countsAlike(before, view)) this.aliveNow = null;
    this.set(view);
  }

  private set(view: WorkerView): void {
    this.views.set(view.id, view);
    this.changed.add(view.id);
  }

  private drop(id: WorkerId): void {
    this.views.delete(id);
    this.changed.add(id);
    this.aliveNow = null;
  }

  private depart(id: WorkerId): void {
    const view = this.views.get(id);
    if (view === undefined) return;
    this.drop(id);
    this.remembered.set(id, view.hash);
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= MAX_REMEMBERED) return;
      this.remembered.delete(oldest);
    }
  }
}

const isAlive = ({ lease }: WorkerView): boolean => !lease.stale;

/** Whether the fleet is the same with either of these views of one worker. */
function countsAlike(left: WorkerView, right: WorkerView): boolean {
  if (isAlive(left) !== isAlive(right)) return false;
  return hardwareKey(left.report.hardware) === hardwareKey(right.report.hardware);
}
