/** What Redis knows of what is kept of ended tasks: their deletion, and the indexes by which it is looked for. */
import { Injectable } from '@nestjs/common';
import { isStoreUnavailable, ProblemError } from '../core/errors';
import { trustedTaskId, type TaskId } from '../core/ids';
import { isTerminal, TERMINAL_STATUSES, type TaskStatus, type DeletionCause } from '../core/model';
import { deletedProblem } from '../core/retention';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import type { ScriptAnswers } from '../redis/script-contracts';
import { Scripts } from '../redis/scripts';
import { TaskStore } from './task.store';

/** The epoch of a client's wish, which counts by whatever replica it comes. */
export const BY_REQUEST = '';

/** In which order: by the end of the task, or by the end of the time that its document gives. */
export type EndedIndex = 'ended' | 'expiring' | 'deleted' | 'deleting';

/** How many tasks Redis looks at in one go: about a millisecond. */
const CHUNK = 500;

@Injectable()
export class TaskRetention {
  constructor(
    private readonly store: TaskStore,
    private readonly scripts: Scripts,
    private readonly connections: RedisConnections,
  ) {}

  /**
   * From `begun` on nobody is given anything of it any more. `wasSettled`: that nothing is on its way to its final place
   * was seen to.
   */
  begin(
    id: TaskId,
    cause: DeletionCause,
    epoch: string,
    wasSettled: boolean,
  ): Promise<ScriptAnswers['begin-deletion']> {
    return this.scripts.run('begin-deletion', {
      epoch,
      task_id: id,
      cause,
      settled: wasSettled ? '1' : '0',
    });
  }

  /** What `begin` would answer; changes nothing. */
  check(id: TaskId): Promise<ScriptAnswers['check-deletion']> {
    return this.scripts.run('check-deletion', { task_id: id });
  }

  /** Its place on disk is to be looked at (again) then. */
  async lookAt(id: TaskId, atUs: number): Promise<void> {
    await this.connections.commands.zadd(KEY.deleting, 'XX', atUs, id);
  }

  /** When its place on disk is to be looked at; null when that is over. */
  async dueAt(id: TaskId): Promise<number | null> {
    const score = await this.connections.commands.zscore(KEY.deleting, id);
    return score === null ? null : Number(score);
  }

  /** Nothing of it is on disk any more. */
  async isOver(id: TaskId): Promise<void> {
    await this.connections.commands.zrem(KEY.deleting, id);
  }

  /** Removes the record of a task whose files are gone. Whether it did. */
  async forget(id: TaskId, epoch: string): Promise<boolean> {
    return (await this.scripts.run('forget-task', { epoch, task_id: id }))[0] === 'forgotten';
  }

  /** @returns the bytes of all ended tasks whose size is known; null when the task is none of them (any more) */
  async noteSize(id: TaskId, bytes: number): Promise<number | null> {
    const answer = await this.scripts.run('note-size', { task_id: id, bytes: String(bytes) });
    return answer[0] === 'applied' ? answer[1] : null;
  }

  async storedBytes(): Promise<number> {
    return Number((await this.connections.commands.get(KEY.storedBytes)) ?? 0);
  }

  /** Those of these tasks whose size is not known. */
  async unmeasured(ids: readonly TaskId[]): Promise<TaskId[]> {
    const redis = this.connections.commands;
    const known = await Promise.all(ids.map((id) => redis.hexists(KEY.task + id, 'stored_bytes')));
    return ids.filter((_, i) => known[i] === 0);
  }

  /** Members from one microsecond to another, lowest first; in pieces, after the first `offset` of them. */
  async between(
    index: EndedIndex,
    fromUs: number,
    upToUs: number,
    offset: number,
    count: number,
  ): Promise<TaskId[]> {
    const ids = await this.connections.commands.zrange(
      KEY[index],
      String(fromUs),
      Number.isFinite(upToUs) ? String(Math.floor(upToUs)) : '+inf',
      'BYSCORE',
      'LIMIT',
      offset,
      count,
    );
    return ids.map(trustedTaskId);
  }

  /** Those of these names that are tasks which have files, or may have. */
  async withFiles(ids: readonly TaskId[]): Promise<Set<TaskId>> {
    const redis = this.connections.commands;
    const all = await Promise.all(
      ids.map(async (id) => {
        const [status, deletedAt] = await redis.hmget(KEY.task + id, 'status', 'deleted_at');
        return status !== null && (deletedAt === null || (await this.dueAt(id)) !== null);
      }),
    );
    return new Set(ids.filter((_, i) => all[i]));
  }

  /** Those of these tasks whose document does not say how long their files are kept. */
  async withoutOwnTime(ids: readonly TaskId[]): Promise<Set<TaskId>> {
    if (ids.length === 0) return new Set();
    const scores = await this.connections.commands.zmscore(KEY.expiring, ...ids);
    return new Set(ids.filter((_, i) => scores[i] === null));
  }

  /**
   * Tasks can end while nothing is to be deleted, and then are in no index; this is for when that has changed. Whether it
   * had.
   */
  async indexAll(): Promise<boolean> {
    if (await this.isIndexed()) return false;
    for (const status of TERMINAL_STATUSES) {
      let below: number | null = null;
      for (;;) {
        const chunk: [TaskId, number][] = await this.store.list(status, below, CHUNK);
        if (chunk.length === 0) break;
        await this.scripts.run('index-ended', { task_ids_json: JSON.stringify(chunk.map(([id]) => id)) });
        below = chunk.at(-1)?.[1] ?? null;
      }
    }
    return true;
  }

  /** Whether an open task would need the result of this one. */
  async isNeeded(id: TaskId): Promise<boolean> {
    const redis = this.connections.commands;
    const ids = await redis.lrange(KEY.dependents + id, 0, -1);
    const all = await Promise.all(ids.map((dependent) => redis.hget(KEY.task + dependent, 'status')));
    return all.some((status) => status !== null && !isTerminal(status as TaskStatus));
  }

  /** 410 when its result and files were deleted. While the task store is away, what is on disk counts. */
  async requireKept(id: TaskId): Promise<void> {
    if (!this.connections.isUp()) return;
    try {
      const [atUs, cause] = await this.connections.commands.hmget(
        KEY.task + id,
        'deleted_at',
        'deleted_because',
      );
      if (atUs && cause) throw deletedProblem(id, Number(atUs), cause as DeletionCause);
    } catch (error) {
      if (error instanceof ProblemError || !isStoreUnavailable(error)) throw error;
    }
  }

  private async isIndexed(): Promise<boolean> {
    const redis = this.connections.commands;
    const ended = await this.store.countByStatus(TERMINAL_STATUSES);
    const [kept, deleted] = await Promise.all([redis.zcard(KEY.ended), redis.zcard(KEY.deleted)]);
    return kept + deleted >= ended.reduce((sum, count) => sum + count, 0);
  }
}
