/**
 * Tasks that this process sent out, as they are by what it knows: what is heard of their attempts is decided without
 * reading them again. Every commit compares, so that old knowledge costs a second look and never a wrong write.
 */
import type { AttemptId, TaskId, WorkerId } from '../core/ids';
import type { Task } from '../core/model';

/** As many as any fleet has workers; what another replica ended is pushed out by what comes after it. */
const MAX_TASKS = 10_000;

export class SentTasks {
  private readonly tasks = new Map<TaskId, Task>();

  get(id: TaskId): Task | null {
    return this.tasks.get(id) ?? null;
  }

  sent(
    task: Task,
    by: { attemptId: AttemptId; worker: WorkerId; atUs: number; staleFiles: readonly string[] },
  ): void {
    this.forget(task.id);
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
    if (this.tasks.size <= MAX_TASKS) return;
    for (const oldest of this.tasks.keys()) {
      this.tasks.delete(oldest);
      return;
    }
  }

  /** The worker has begun, which changes nothing else about it. */
  started(task: Task): void {
    if (this.tasks.has(task.id)) this.tasks.set(task.id, { ...task, status: 'RUNNING' });
  }

  /** It ended, waits again, or is not as it was thought to be. */
  forget(id: TaskId): void {
    this.tasks.delete(id);
  }
}
