/**
 * Tasks on their way into Redis. Where the replica that takes a document also schedules, it queues what can go out before
 * the document is written: scripts run in the order of their sending, so a dispatch finds its task there.
 */
import { Injectable } from '@nestjs/common';
import { EventEmitter2 } from '@nestjs/event-emitter';
import { BoundedMap } from '../core/bounded-map';
import type { TaskId } from '../core/ids';
import type { ReadyTask } from '../core/model';
import { Leadership } from '../redis/leadership';
import { RedisClock } from '../redis/redis-clock';
import type { PreparedTask } from './prepare-run';

/** Emitted with `ReadyTask[]`: they will be there before anything that is sent to Redis from now on. */
export const TASKS_EXPECTED = 'tasks.expected';
/** Emitted with `TaskId[]`: they were not written after all. */
export const TASKS_WITHDRAWN = 'tasks.withdrawn';

const NO_TASKS: readonly ReadyTask[] = [];

/** Far more than are on their way at one time. */
const MOST_REMEMBERED = 10_000;
/** Of one task; its end rings for the others, as it does for what waits for several. */
const MOST_FOLLOWERS = 8;

@Injectable()
export class ExpectedTasks {
  private readonly unconfirmed = new BoundedMap<TaskId, true>(MOST_REMEMBERED);

  /** Tasks that wait for one other alone, by that one. */
  private readonly followers = new BoundedMap<TaskId, ReadyTask[]>(MOST_REMEMBERED);

  constructor(
    private readonly leadership: Leadership,
    private readonly clock: RedisClock,
    private readonly events: EventEmitter2,
  ) {}

  /**
   * Those that wait for nothing, if this replica schedules; else none. The score is a guess of the one that Redis gives.
   * Those that wait for one other alone are remembered.
   */
  among(tasks: readonly PreparedTask[]): ReadyTask[] {
    if (!this.leadership.isLeading()) return [];
    const nowUs = this.clock.guessUs();
    return tasks.flatMap(({ id, waitsFor, placement: { priorityUs, ...placement } }, index) => {
      const ready = { id, score: nowUs - priorityUs + index + 1, lastFailedWorker: null, ...placement };
      const [first] = waitsFor;
      if (first === undefined) return [ready];
      if (waitsFor.length === 1) this.noteFollower(first, ready);
      return [];
    });
  }

  /** Those that wait for this one alone, if this replica schedules: once. */
  following(id: TaskId): readonly ReadyTask[] {
    const followers = this.leadership.isLeading() ? this.followers.get(id) : undefined;
    if (followers === undefined) return NO_TASKS;
    this.followers.delete(id);
    return followers;
  }

  private noteFollower(id: TaskId, ready: ReadyTask): void {
    const followers = this.followers.get(id);
    if (followers === undefined) this.followers.set(id, [ready]);
    else if (followers.length < MOST_FOLLOWERS) followers.push(ready);
  }

  /**
   * Tells of tasks that will be there, or can be placed, when a script that is on its way has run; else of their withdrawal.
   * @param writing its answer; call this behind its sending
   * @param otherwise what else is to be taken back then
   */
  async during<T>(
    tasks: readonly ReadyTask[],
    writing: Promise<T>,
    isThere: (answer: T) => boolean,
    otherwise: () => void = () => undefined,
  ): Promise<T> {
    for (const { id } of tasks) this.unconfirmed.set(id, true);
    this.events.emit(TASKS_EXPECTED, tasks);
    let hasCome = false;
    try {
      const answer = await writing;
      hasCome = isThere(answer);
      return answer;
    } finally {
      const ids = tasks.map(({ id }) => id);
      if (hasCome) {
        for (const id of ids) this.unconfirmed.delete(id);
      } else {
        otherwise();
        this.events.emit(TASKS_WITHDRAWN, ids);
      }
    }
  }

  /** It was announced, and not confirmed (yet): that it is not in Redis does not mean that it was lost. */
  has(id: TaskId): boolean {
    return this.unconfirmed.has(id);
  }
}
