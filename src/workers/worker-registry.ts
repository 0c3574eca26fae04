/** The workers of this fleet, in memory, refreshed one by one when something is heard of them. Redis holds the truth. */
import { Injectable } from '@nestjs/common';
import { isWorkerId, trustedAttemptId, trustedTaskId, type WorkerId } from '../core/ids';
import { decodeWorkerHash } from '../core/wire/worker-hash';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import type { WorkerLease, WorkerView } from './worker-view';

const MAX_REMEMBERED = 10_000;

@Injectable()
export class WorkerRegistry {
  private readonly views = new Map<WorkerId, WorkerView>();
  /** Hashes of workers that left the list without a goodbye: a Redis that was emptied forgets them, they never join again. */
  private readonly remembered = new Map<WorkerId, WorkerView['hash']>();

  constructor(private readonly connections: RedisConnections) {}

  get(id: WorkerId): WorkerView | null {
    return this.views.get(id) ?? null;
  }

  all(): IterableIterator<WorkerView> {
    return this.views.values();
  }

  get size(): number {
    return this.views.size;
  }

  /** Reads one worker again. @returns null when it is not registered (any more). */
  async refresh(id: WorkerId): Promise<WorkerView | null> {
    const view = await this.read(id);
    if (view.listed) this.views.set(id, view);
    else this.depart(id);
    return view.listed ? view : null;
  }

  /** Reads all of them again and forgets those that are gone. */
  async refreshAll(): Promise<void> {
    const ids = await this.ids();
    const before = [...this.views.keys()];
    await Promise.all(ids.map((id) => this.refresh(id)));
    const listed = new Set(ids);
    for (const id of before) if (!listed.has(id)) this.depart(id);
  }

  /** As Redis has it now, known to this process or not. */
  async read(id: WorkerId): Promise<WorkerView> {
    const redis = this.connections.commands;
    const [listed, hash, heartbeat, lease] = await Promise.all([
      redis.sismember(KEY.workerIds, id),
      redis.hgetall(KEY.worker + id).catch(holeOr<Record<string, string>>({})),
      redis.get(KEY.worker + id + KEY.heartbeatSuffix).catch(holeOr(null)),
      redis.hgetall(KEY.lease + id),
    ]);
    return {
      id,
      report: decodeWorkerHash(id, hash),
      hash,
      startedAtText: hash.started_at ?? '',
      listed: listed === 1,
      heartbeat,
      lease: toLease(lease),
    };
  }

  /** Ids that a worker could not have made by its own rules are left out: they could not be addressed. */
  async ids(): Promise<WorkerId[]> {
    const members = await this.connections.commands.smembers(KEY.workerIds);
    return members.filter(isWorkerId).sort();
  }

  /** A dispatch succeeded: until the hash is read again, it is taken. */
  noteLease(id: WorkerId, taskId: string): void {
    const view = this.views.get(id);
    if (view) this.views.set(id, { ...view, lease: { ...view.lease, taskId: trustedTaskId(taskId) } });
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
    this.views.delete(id);
    this.remembered.delete(id);
  }

  private depart(id: WorkerId): void {
    const view = this.views.get(id);
    this.views.delete(id);
    if (view === undefined) return;
    this.remembered.set(id, view.hash);
    for (const oldest of this.remembered.keys()) {
      if (this.remembered.size <= MAX_REMEMBERED) return;
      this.remembered.delete(oldest);
    }
  }
}

/** A key of a worker that is of another type than it should be is a hole in its report, not the end of the sweep. */
function holeOr<T>(hole: T): (error: unknown) => T {
  return (error) => {
    if (error instanceof Error && error.message.startsWith('WRONGTYPE')) return hole;
    throw error;
  };
}

function toLease(hash: Record<string, string>): WorkerLease {
  const number = (field: string): number | null => (hash[field] === undefined ? null : Number(hash[field]));
  return {
    taskId: hash.task_id === undefined ? null : trustedTaskId(hash.task_id),
    attemptId: hash.attempt_id === undefined ? null : trustedAttemptId(hash.attempt_id),
    proven: hash.proven === '1',
    stale: hash.stale === '1',
    registeredAtUs: number('registered_at'),
    heardAtUs: number('heard_at'),
    restUntilUs: number('rest_until') ?? 0,
    mutedHeartbeat: hash.muted_heartbeat ?? null,
    endedTask: hash.ended_task === undefined ? null : trustedTaskId(hash.ended_task),
    endedAtUs: number('ended_at') ?? 0,
    endedHeard: hash.ended_heard === '1',
  };
}
