/**
 * What this process wrote of tasks last: those that were submitted here and those that it sent out. What is heard of
 * them is decided without reading them again. Every commit compares, so that old knowledge costs a second look and
 * never a wrong write.
 */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { BoundedMap } from '../core/bounded-map';
import { type AttemptId, MULTI_WORKER, type TaskId, type WorkerId } from '../core/ids';
import type { Task, TaskDocument } from '../core/model';
import { fromHash, type TaskHash } from './task-hash';

/** As many as the largest fleet has workers; what nobody asks for is pushed out by what comes after it. */
const MAX_TASKS = 10_000;
const MAX_DOCUMENT_CHARS = 4 * 1024 * 1024;

@Injectable()
export class KnownTasks {
  private readonly tasks = new BoundedMap<TaskId, Task>(MAX_TASKS);
  /** Tasks that are DONE, which they stay. */
  private readonly done = new BoundedMap<TaskId, Task>(MAX_TASKS);
  /** Of tasks that nobody has asked for yet: taken apart when somebody does. */
  private readonly hashes = new BoundedMap<TaskId, TaskHash>(MAX_TASKS);
  /** A document never changes, so it stays true whatever becomes of its task. */
  private readonly documents = new LRUCache<TaskId, TaskDocument>({ maxSize: MAX_DOCUMENT_CHARS });

  /** Tasks that others wait for. */
  private readonly awaited = new BoundedMap<TaskId, true>(MAX_TASKS);

  get(id: TaskId): Task | null {
    const task = this.tasks.get(id);
    if (task !== undefined) return task;
    const hash = this.hashes.get(id);
    return hash === undefined ? null : fromHash(id, hash);
  }

  documentOf(id: TaskId): TaskDocument | null {
    return this.documents.get(id) ?? null;
  }

  /** @param chars of the document as JSON */
  noteDocument(id: TaskId, document: TaskDocument, chars: number): void {
    this.documents.set(id, document, { size: Math.max(1, chars) });
  }

  /**
   * Noted before it is written, since whoever schedules may hear of it before the answer is here.
   * @param hash as it will be, but for its place and time
   */
  submitted(id: TaskId, hash: TaskHash, document: TaskDocument, documentChars: number): void {
    this.hashes.set(id, hash);
    this.noteDocument(id, document, documentChars);
  }

  /**
   * Nobody ever had it: it was submitted here in this term, and whoever schedules is the only one to send it. So there
   * can be no result of it yet.
   */
  isUnsent(id: TaskId): boolean {
    return this.hashes.has(id);
  }

  noteAwaited(ids: readonly TaskId[]): void {
    for (const id of ids) this.awaited.set(id, true);
  }

  /** Others wait for it, as far as is known here. */
  isAwaited(id: TaskId): boolean {
    return this.awaited.has(id);
  }

  /** This replica schedules from now on: others may have sent what was submitted here before. */
  termBegins(): void {
    this.hashes.clear();
  }

  sent(
    task: Task,
    by: { attemptId: AttemptId; worker: WorkerId; atUs: number; staleFiles: readonly string[] },
  ): void {
    this.hashes.delete(task.id);
    this.tasks.set(task.id, {
      ...task,
      status: 'DISPATCHED',
      attempt: task.attempt + 1,
      attemptId: by.attemptId,
      attemptWorker: by.worker,
      dispatchedAtUs: by.atUs,
      startedAtUs: null,
      reason: null,
      staleFiles: by.staleFiles.length === 0 ? task.staleFiles : [...by.staleFiles],
    });
  }

  /** It runs as its shards; what an attempt of the whole once said counts no more. */
  split(task: Task): void {
    this.hashes.delete(task.id);
    this.tasks.set(task.id, {
      ...task,
      status: 'RUNNING',
      attemptId: null,
      attemptWorker: MULTI_WORKER,
      dispatchedAtUs: null,
      reason: null,
    });
  }

  /** The worker has begun, which changes nothing else about it. */
  started(task: Task): void {
    if (this.tasks.has(task.id)) this.tasks.set(task.id, { ...task, status: 'RUNNING' });
  }

  /**
   * @param task as it was when it succeeded here
   * @param resultSha256 null: it succeeded without a result
   */
  succeeded(task: Task, resultSha256: string | null): void {
    this.forget(task.id);
    this.done.set(task.id, { ...task, status: 'DONE', resultSha256 });
  }

  /** For what others are given of it; whoever decides about the task itself reads it. */
  doneOne(id: TaskId): Task | null {
    return this.done.get(id) ?? null;
  }

  /** Its result was deleted: what others were given of it is true no more. */
  erased(id: TaskId): void {
    this.forget(id);
    this.done.delete(id);
  }

  /** It ended, waits again, or is not as it was thought to be. */
  forget(id: TaskId): void {
    this.tasks.delete(id);
    this.hashes.delete(id);
  }
}
