/** The workers of this fleet, in memory, refreshed one by one when something is heard of them. Redis holds the truth. */
import { Injectable } from '@nestjs/common';
import { isWorkerId, trustedTaskId, trustedWorkerId, type WorkerId } from '../core/ids';
import { decodeWorkerHash } from '../core/wire/worker-hash';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import type { WorkerLease, WorkerView } from './worker-view';

@Injectable()
export class WorkerRegistry {
  private readonly views = new Map<WorkerId, WorkerView>();

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
    else this.views.delete(id);
    return view.listed ? view : null;
  }

  /** Reads all of them again and forgets those that are gone. @returns the ids that were not known before. */
  async refreshAll(): Promise<WorkerId[]> {
    const ids = await this.ids();
    const known = new Set(this.views.keys());
    await Promise.all(ids.map((id) => this.refresh(id)));
    const listed = new Set(ids);
    for (const id of known) if (!listed.has(id)) this.views.delete(id);
    return ids.filter((id) => !known.has(id));
  }

  /** As Redis has it now, known to this process or not. */
  async read(id: WorkerId): Promise<WorkerView> {
    const redis = this.connections.commands;
    const [listed, hash, heartbeat, lease] = await Promise.all([
      redis.sismember(KEY.workerIds, id),
      redis.hgetall(KEY.worker + id),
      redis.get(KEY.worker + id + KEY.heartbeatSuffix),
      redis.hgetall(KEY.lease + id),
    ]);
    return { id, report: decodeWorkerHash(id, hash), listed: listed === 1, heartbeat, lease: toLease(lease) };
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

  forget(id: WorkerId): void {
    this.views.delete(trustedWorkerId(id));
  }
}

function toLease(hash: Record<string, string>): WorkerLease {
  const number = (field: string): number | null => (hash[field] === undefined ? null : Number(hash[field]));
  return {
    taskId: hash.task_id === undefined ? null : trustedTaskId(hash.task_id),
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
