/** Reads tasks from Redis. Nothing here writes: that is the lifecycle's. */
import { Injectable } from '@nestjs/common';
import { isStoreUnavailable } from '../core/errors';
import { trustedTaskId, trustedWorkerId, type RunId, type TaskId, type WorkerId } from '../core/ids';
import type { ReadyTask, Resources, Task, TaskDocument, TaskStatus } from '../core/model';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import { Scripts } from '../redis/scripts';
import { KnownTasks } from './known-tasks';
import { fromHash } from './task-hash';

/** A place in the list of tasks: everything submitted before this sequence number. */
export type Cursor = number;

/** Redis does nothing else meanwhile: some ten milliseconds. */
const READY_CHUNK = 2_000;
/** The same: one or two. */
const ATTEMPTS_CHUNK = 500;

/** A task that is in the hands of a worker. */
export interface Attempted {
  id: TaskId;
  status: TaskStatus;
  worker: WorkerId;
}

@Injectable()
export class TaskStore {
  constructor(
    private readonly connections: RedisConnections,
    private readonly scripts: Scripts,
    private readonly known: KnownTasks,
  ) {}

  async read(id: TaskId): Promise<Task | null> {
    return fromHash(id, await this.connections.commands.hgetall(KEY.task + id));
  }

  /** The same, and null also while the store is away: for who can tell something without it. */
  async readIfThere(id: TaskId): Promise<Task | null> {
    if (!this.connections.isUp()) return null;
    try {
      return await this.read(id);
    } catch (error) {
      if (isStoreUnavailable(error)) return null;
      throw error;
    }
  }

  async readMany(ids: readonly TaskId[]): Promise<Task[]> {
    const tasks = await Promise.all(ids.map((id) => this.read(id)));
    return tasks.filter((task) => task !== null);
  }

  /** The task's own document, placeholders intact. Read once: it never changes, and nobody changes what this gives. */
  async readDocument(id: TaskId): Promise<TaskDocument | null> {
    const known = this.known.documentOf(id);
    if (known !== null) return known;
    const text = await this.connections.commands.get(KEY.document + id);
    if (text === null) return null;
    const document = JSON.parse(text) as TaskDocument;
    this.known.noteDocument(id, document, text.length);
    return document;
  }

  /** What was submitted with this Idempotency-Key. */
  async submittedWith(keySha256: string): Promise<{ bodySha256: string; taskIds: TaskId[] } | null> {
    const { body_sha256, task_ids } = await this.connections.commands.hgetall(KEY.idempotencyKey + keySha256);
    if (body_sha256 === undefined || task_ids === undefined) return null;
    return { bodySha256: body_sha256, taskIds: (JSON.parse(task_ids) as string[]).map(trustedTaskId) };
  }

  /** The text as it was submitted. */
  readRaw(id: RunId): Promise<string | null> {
    return this.connections.commands.hget(KEY.run + id, 'raw');
  }

  /** What the latest attempt was given of other tasks, as `dispatch` was told; null when it was given nothing. */
  readInputs(id: TaskId): Promise<string | null> {
    return this.connections.commands.hget(KEY.task + id, 'inputs');
  }

  /** Dependencies that are not DONE, for each task; empty for a task that waits for none. */
  waitingOn(ids: readonly TaskId[]): Promise<TaskId[][]> {
    const redis = this.connections.commands;
    return Promise.all(ids.map(async (id) => (await redis.smembers(KEY.waitingOn + id)).map(trustedTaskId)));
  }

  /** Shards of a parent, in order. */
  async shards(parent: TaskId): Promise<TaskId[]> {
    return (await this.connections.commands.lrange(KEY.shards + parent, 0, -1)).map(trustedTaskId);
  }

  /** Why no registered worker fits, by resource signature. */
  unplaceableReasons(signatures: readonly string[]): Promise<(string | null)[]> {
    if (signatures.length === 0) return Promise.resolve([]);
    return this.connections.commands.hmget(KEY.unplaceable, ...signatures);
  }

  /**
   * Ids newest first, below the cursor.
   * @returns pairs of id and its own cursor
   */
  async list(status: TaskStatus | null, below: Cursor | null, limit: number): Promise<[TaskId, Cursor][]> {
    const index = status === null ? KEY.tasks : KEY.tasksByStatus + status;
    const flat = await this.connections.commands.zrange(
      index,
      below === null ? '+inf' : `(${String(below)}`,
      '-inf',
      'BYSCORE',
      'REV',
      'LIMIT',
      0,
      limit,
      'WITHSCORES',
    );
    return pairs(flat).map(([id, sequence]) => [trustedTaskId(id), sequence]);
  }

  /** Ids of everything that can be placed, in order. */
  async readyIds(): Promise<TaskId[]> {
    return (await this.connections.commands.zrange(KEY.ready, 0, '-1')).map(trustedTaskId);
  }

  /** Those of these tasks that can be placed, in order and in pieces. */
  async *ready(ids: readonly TaskId[]): AsyncGenerator<ReadyTask[]> {
    const known = new Map<string, Resources>();
    for (let from = 0; from < ids.length; from += READY_CHUNK) {
      const chunk = JSON.stringify(ids.slice(from, from + READY_CHUNK));
      const [, list] = await this.scripts.run('list-ready', { task_ids_json: chunk });
      yield list.map(([id, score, resources, lastFailedWorker, uses, parallel]) => ({
        id: trustedTaskId(id),
        score: Number(score),
        resources: shared(known, resources),
        lastFailedWorker: lastFailedWorker === '' ? null : trustedWorkerId(lastFailedWorker),
        usesResults: uses !== '',
        isParallel: parallel === '1',
      }));
    }
  }

  readyCount(): Promise<number> {
    return this.connections.commands.zcard(KEY.ready);
  }

  /** What is in flight, but for tasks that run as their shards; in pieces. */
  async *attempted(): AsyncGenerator<Attempted[]> {
    const ids = await this.inFlight();
    for (let from = 0; from < ids.length; from += ATTEMPTS_CHUNK) {
      const chunk = JSON.stringify(ids.slice(from, from + ATTEMPTS_CHUNK));
      const [, json] = await this.scripts.run('list-attempts', { task_ids_json: chunk });
      const list = JSON.parse(json) as [id: string, status: TaskStatus, worker: string][];
      yield list.map(([id, status, worker]) => ({
        id: trustedTaskId(id),
        status,
        worker: trustedWorkerId(worker),
      }));
    }
  }

  /** Parents whose shards are all DONE and whose aggregate is not committed. */
  async aggregating(): Promise<TaskId[]> {
    return (await this.connections.commands.smembers(KEY.aggregating)).map(trustedTaskId);
  }

  /** DONE parents whose aggregate may still have to be sent elsewhere. */
  async delivering(): Promise<TaskId[]> {
    return (await this.connections.commands.smembers(KEY.delivering)).map(trustedTaskId);
  }

  /** How many tasks there are in each of these statuses. */
  countByStatus(statuses: readonly TaskStatus[]): Promise<number[]> {
    return Promise.all(statuses.map((status) => this.connections.commands.zcard(KEY.tasksByStatus + status)));
  }

  /** Dispatched and running tasks, at most one per worker, and tasks that run as their shards. */
  private async inFlight(): Promise<TaskId[]> {
    // One moment of both: a task that goes from one to the other is in either.
    const answers = await this.connections.commands
      .multi()
      .zrange(`${KEY.tasksByStatus}DISPATCHED`, 0, '-1')
      .zrange(`${KEY.tasksByStatus}RUNNING`, 0, '-1')
      .exec();
    return (answers ?? []).flatMap(([error, ids]) => {
      if (error !== null) throw error;
      return (ids as string[]).map(trustedTaskId);
    });
  }
}

/** Most tasks ask for the same few things: each is read once. */
function shared(known: Map<string, Resources>, text: string): Resources {
  let resources = known.get(text);
  if (resources === undefined) known.set(text, (resources = JSON.parse(text) as Resources));
  return resources;
}

function pairs(flat: readonly string[]): [string, number][] {
  const list: [string, number][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) list.push([flat[i] ?? '', Number(flat[i + 1])]);
  return list;
}
