/** Tasks as clients see them: what is stored, joined with what is known elsewhere. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import type { TaskId } from '../core/ids';
import { formatTime } from '../core/lifecycle/time';
import type { Task } from '../core/model';
import { signatureOf } from '../core/placement/signature';
import { EVERY_SIGNATURE } from '../redis/keys';
import { redactSecrets } from './redact-document';
import type { ListTasksDto, TaskRecordDto } from './task.dto';
import { MAX_PAGE } from './task.dto';
import { TaskStore, type Cursor } from './task.store';

/** How many records one request looks at for a name: beyond that the page ends and its `Link` goes on. */
const MAX_SCANNED = 10_000;
const SCAN_CHUNK = 500;

type Documents = Pick<TaskRecordDto, 'parsed' | 'raw_yaml'>;

@Injectable()
export class TaskRecords {
  constructor(
    private readonly store: TaskStore,
    private readonly config: AppConfig,
  ) {}

  async one(id: TaskId): Promise<TaskRecordDto | null> {
    const task = await this.store.read(id);
    return task === null ? null : ((await this.present([task], true))[0] ?? null);
  }

  /** Newest first. `next`: where the following page starts; null after the last. */
  async page(query: ListTasksDto): Promise<{ records: TaskRecordDto[]; next: Cursor | null }> {
    const limit = query.limit ?? MAX_PAGE;
    const needle = query.name?.toLowerCase();
    const found: Task[] = [];
    let below: Cursor | null = query.cursor ?? null;
    for (let scanned = 0; scanned < MAX_SCANNED;) {
      const want = needle === undefined ? limit : SCAN_CHUNK;
      const chunk = await this.store.list(query.status ?? null, below, want);
      const tasks = new Map(
        (await this.store.readMany(chunk.map(([id]) => id))).map((task) => [task.id, task]),
      );
      for (const [id, cursor] of chunk) {
        const task = tasks.get(id);
        below = cursor;
        if (task === undefined || (needle !== undefined && !task.name.toLowerCase().includes(needle)))
          continue;
        found.push(task);
        if (found.length === limit) break;
      }
      scanned += chunk.length;
      if (found.length === limit) break;
      if (chunk.length < want) {
        below = null;
        break;
      }
    }
    return { records: await this.present(found, query.full ?? false), next: below };
  }

  private async present(tasks: readonly Task[], full: boolean): Promise<TaskRecordDto[]> {
    const waiting = tasks.filter((t) => t.status === 'PENDING' && t.dependsOn.length > 0).map((t) => t.id);
    const waitingOn = new Map((await this.store.waitingOn(waiting)).map((ids, i) => [waiting[i], ids]));
    const placeable = tasks.filter((t) => t.status === 'PENDING' && (waitingOn.get(t.id)?.length ?? 0) === 0);
    const signatures = [EVERY_SIGNATURE, ...new Set(placeable.map((t) => signatureOf(t.resources)))];
    const unplaceable = await this.store.unplaceableReasons(signatures);
    const whyNot = new Map(signatures.map((signature, i) => [signature, unplaceable[i] ?? null]));
    return Promise.all(
      tasks.map(async (task) => {
        const open = waitingOn.get(task.id) ?? [];
        const documents = full ? await this.documents(task) : {};
        return this.record(task, open, this.reason(task, open, whyNot), documents);
      }),
    );
  }

  private async documents(task: Task): Promise<Documents> {
    const [parsed, raw] = await Promise.all([
      this.store.readDocument(task.id),
      this.store.readRaw(task.runId),
    ]);
    return {
      ...(parsed === null ? {} : { parsed: redactSecrets(parsed, this.config.tokens) }),
      ...(raw === null ? {} : { raw_yaml: redactSecrets(raw, this.config.tokens) }),
    };
  }

  private reason(
    task: Task,
    open: readonly TaskId[],
    whyNot: ReadonlyMap<string, string | null>,
  ): string | null {
    if (task.status === 'WAITING')
      return `backs off after a failure on ${task.lastFailedWorker ?? 'a worker'}`;
    if (task.status !== 'PENDING') return task.reason ?? task.note;
    if (open.length > 0) return `waits for ${String(open.length)} of its dependencies`;
    const waits =
      whyNot.get(signatureOf(task.resources)) ?? whyNot.get(EVERY_SIGNATURE) ?? 'waits for a free worker';
    return [task.reason, task.note, waits].filter((part) => part !== null).join('; ');
  }

  private record(
    task: Task,
    open: readonly TaskId[],
    reason: string | null,
    documents: Documents,
  ): TaskRecordDto {
    const queued = task.status === 'PENDING' || task.status === 'WAITING';
    return {
      task_id: task.id,
      name: task.name,
      status: task.status,
      assigned_worker: queued ? null : task.attemptWorker,
      topic: this.config.taskTopic,
      submitted_at: formatTime(task.submittedAtUs),
      started_at: maybeTime(task.startedAtUs),
      finished_at: maybeTime(task.finishedAtUs),
      error: task.error,
      reason,
      retries: task.retries,
      max_retries: task.retry.maxRetries,
      next_retry_at: maybeTime(task.nextRetryAtUs),
      parent_task_id: task.parentId,
      shard_index: task.shardIndex,
      shard_total: task.shardTotal,
      graph_node_name: task.nodeName,
      run_id: task.runId,
      waiting_on: [...open],
      last_failed_worker: task.lastFailedWorker,
      attempt: task.attempt,
      result_deleted_at: maybeTime(task.deletedAtUs),
      result_deleted_because: task.deletedBecause,
      ...documents,
    };
  }
}

function maybeTime(us: number | null): string | null {
  return us === null ? null : formatTime(us);
}
