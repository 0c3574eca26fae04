/** Reads workers from Redis: what they say of themselves and what we know of them, many in one call. */
import { Injectable } from '@nestjs/common';
import { isWorkerId, trustedAttemptId, trustedTaskId, type WorkerId } from '../core/ids';
import { decodeWorkerHash } from '../core/wire/worker-hash';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import { Scripts } from '../redis/scripts';
import type { WorkerLease, WorkerView } from './worker-view';

/** Redis does nothing else meanwhile: a millisecond. */
export const READ_AT_ONCE = 100;

/** As the script gives one. */
interface Read {
  listed: boolean;
  heartbeat: string | false;
  hash: Record<string, string>;
  lease: Record<string, string>;
}

@Injectable()
export class WorkerReader {
  constructor(
    private readonly connections: RedisConnections,
    private readonly scripts: Scripts,
  ) {}

  /** Ids that a worker could not have made by its own rules are left out: they could not be addressed. */
  async ids(): Promise<WorkerId[]> {
    const members = await this.connections.commands.smembers(KEY.workerIds);
    return members.filter(isWorkerId).sort();
  }

  /** As Redis has it now, known to this process or not. */
  async read(id: WorkerId): Promise<WorkerView> {
    const [view] = await this.readFirst([id]);
    if (view === undefined)
      throw new Error(`of worker ${id} nothing was read, not even that it is not there`);
    return view;
  }

  /** The same of many, in their order. */
  async readMany(ids: readonly WorkerId[]): Promise<WorkerView[]> {
    const views: WorkerView[] = [];
    while (views.length < ids.length) {
      views.push(...(await this.readFirst(ids.slice(views.length, views.length + READ_AT_ONCE))));
    }
    return views;
  }

  /** The first of these, as many as one answer holds: at least one. */
  async readFirst(ids: readonly WorkerId[]): Promise<WorkerView[]> {
    const [, json] = await this.scripts.run('read-workers', { worker_ids_json: JSON.stringify(ids) });
    return (JSON.parse(json) as Read[]).flatMap((read, i) => {
      const id = ids[i];
      return id === undefined ? [] : [viewOf(id, read)];
    });
  }
}

const viewOf = (id: WorkerId, { listed, heartbeat, hash, lease }: Read): WorkerView => ({
  id,
  report: decodeWorkerHash(id, hash),
  hash,
  startedAtText: hash.started_at ?? '',
  listed,
  heartbeat: heartbeat === false ? null : heartbeat,
  lease: toLease(lease),
});

function toLease(hash: Record<string, string>): WorkerLease {
  const number = (field: string): number | null => (hash[field] === undefined ? null : Number(hash[field]));
  return {
    taskId: hash.task_id === undefined ? null : trustedTaskId(hash.task_id),
    attemptId: hash.attempt_id === undefined ? null : trustedAttemptId(hash.attempt_id),
    startedAtText: hash.started_at ?? null,
    pidText: hash.pid ?? null,
    orphaned: hash.orphaned === undefined ? null : trustedAttemptId(hash.orphaned),
    heartbeat: hash.heartbeat ?? null,
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
