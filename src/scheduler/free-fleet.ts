/** Who of the fleet can be given a task now: kept up to date by who has changed, never by asking everybody. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { WorkerId } from '../core/ids';
import { FreeWorkers } from '../core/placement/free-workers';
import { RedisClock } from '../redis/redis-clock';
import { WorkerRegistry } from '../workers/worker-registry';
import { freeFromUs, snapshotOf, type WorkerView } from '../workers/worker-view';

@Injectable()
export class FreeFleet {
  private readonly free = new FreeWorkers();
  /** Workers with a dispatch on its way to Redis, or kept out for a moment. */
  private readonly heldBack = new Set<WorkerId>();
  /** Workers that time alone will free. */
  private readonly resting = new Set<WorkerId>();
  private readonly idleGraceUs: number;

  constructor(
    private readonly registry: WorkerRegistry,
    private readonly clock: RedisClock,
    config: AppConfig,
  ) {
    this.idleGraceUs = config.idleGraceSec * 1_000_000;
  }

  /** The same object each time; it holds until the next change. */
  now(): FreeWorkers {
    const nowUs = this.clock.guessUs();
    for (const id of [...this.resting, ...this.registry.takeChanged()]) this.judge(id, nowUs);
    return this.free;
  }

  holdBack(id: WorkerId): void {
    this.heldBack.add(id);
    this.judge(id, this.clock.guessUs());
  }

  release(id: WorkerId): void {
    this.heldBack.delete(id);
    this.judge(id, this.clock.guessUs());
  }

  /** By what it says, held back or not. */
  looksFree(view: WorkerView): boolean {
    return freeFromUs(view, this.idleGraceUs) <= this.clock.guessUs();
  }

  private judge(id: WorkerId, nowUs: number): void {
    const view = this.heldBack.has(id) ? null : this.registry.get(id);
    const fromUs = view === null ? Infinity : freeFromUs(view, this.idleGraceUs);
    if (view !== null && fromUs <= nowUs) this.free.put(snapshotOf(view));
    else this.free.remove(id);
    if (fromUs > nowUs && fromUs < Infinity) this.resting.add(id);
    else this.resting.delete(id);
  }
}
