/** Who takes part in a history: replicas of the service with the real lifecycle on the checked scripts, and their tasks. */
import type { AppConfig } from '../../src/config/app-config';
import { trustedAttemptId, trustedWorkerId, type AttemptId } from '../../src/core/ids';
import type { Evidence } from '../../src/core/lifecycle/evidence';
import { formatTime } from '../../src/core/lifecycle/time';
import type { Task } from '../../src/core/model';
import { type Metrics } from '../../src/metrics/metrics';
import type { Leadership } from '../../src/redis/leadership';
import type { RedisClock } from '../../src/redis/redis-clock';
import type { RedisConnections } from '../../src/redis/redis-connections';
import type { ExpectedTasks } from '../../src/tasks/expected-tasks';
import { KnownTasks } from '../../src/tasks/known-tasks';
import { LifecycleReport } from '../../src/tasks/lifecycle-report';
import { TaskCommits } from '../../src/tasks/task-commits';
import { TaskLifecycle } from '../../src/tasks/task-lifecycle';
import { TaskStore } from '../../src/tasks/task.store';
import type { TaskTraces } from '../../src/tasks/task-traces';
import { isInFlight, isOpen, isReady, type ModelTask } from './model';
import type { Voice } from './steps';
import type { World } from './world';

const A_DAY_SEC = 86_400;

export interface Replica {
  name: string;
  /** Of its term, which may be over without its knowing. */
  epoch: string;
  lifecycle: TaskLifecycle;
}

/** Which tasks an event is usually about. */
const FITTING: Record<Voice['event'], (task: ModelTask) => boolean> = {
  started: ({ status }) => status === 'DISPATCHED',
  undelivered: ({ status }) => status === 'DISPATCHED',
  failed: isInFlight,
  lost: isInFlight,
  timed_out: isInFlight,
  due: ({ status }) => status === 'WAITING',
  succeeded: (task) => isInFlight(task) || (isOpen(task) && task.attemptId !== null),
  doomed: isOpen,
  cancelled: isOpen,
};

export const pick = <T>(list: readonly T[], nth: number): T | undefined => list[nth % list.length];

export class Stage {
  readonly store: TaskStore;
  readonly replicas: readonly Replica[];
  /** The last of them is not there from the start. */
  readonly workers = ['w1', 'w2', 'w3'].map(trustedWorkerId);
  readonly attempts: AttemptId[] = [];
  /** Where nobody listens, a dispatch is undone. */
  private readonly config = {
    taskTopic: 'tasks',
    ackTimeoutSec: 15,
    provingTimeoutSec: 2,
    provingRestMaxSec: 15,
    heartbeatTtlSec: A_DAY_SEC,
    idleGraceSec: A_DAY_SEC,
    resultsTtlDays: 1,
  };

  constructor(
    readonly world: World,
    metrics: Metrics,
  ) {
    this.store = new TaskStore({ commands: world.client } as RedisConnections, world, new KnownTasks());
    this.replicas = ['r1', 'r2'].map((name) => {
      const leadership = { epoch: `epoch-of-${name}` };
      const config = this.config as AppConfig;
      const known = new KnownTasks();
      const expected = { following: () => [] } as unknown as ExpectedTasks;
      const report = new LifecycleReport(
        metrics,
        { guessUs: () => 0 } as RedisClock,
        { isOn: false } as TaskTraces,
      );
      const standing = leadership as Leadership;
      const commits = new TaskCommits(world, standing, known, expected, report, config);
      const lifecycle = new TaskLifecycle(this.store, known, world, commits, standing, report, config);
      return Object.assign(leadership, { name, lifecycle });
    });
  }

  tell(line: string): void {
    this.world.story.push(line);
  }

  /** 0 and 1: this one, whatever it believes; more: whoever leads. */
  replica(nth: number): Replica {
    const leading = this.replicas.find(({ epoch }) => epoch === this.world.model.leader?.epoch);
    return this.replicas[nth] ?? leading ?? this.replicas[0]!;
  }

  tasksThat(holds: (task: ModelTask) => boolean): string[] {
    return [...this.world.model.tasks].flatMap(([id, task]) => (holds(task) ? [id] : []));
  }

  /** The task that a voice is about, as it is now; null when there is none like that. */
  taskFor(step: { task: number; wild: boolean }, fits: (task: ModelTask) => boolean): Task | null {
    const id = pick(this.tasksThat(step.wild ? () => true : fits), step.task);
    return id === undefined ? null : this.world.read(id);
  }

  fitting(event: Voice['event']): (task: ModelTask) => boolean {
    return FITTING[event];
  }

  readonly isReady = isReady;

  evidence(of: Voice['evidence'], task: Task, nth: number): Evidence {
    switch (of) {
      case 'attempt':
        return task.attemptId === null ? {} : { attemptId: task.attemptId };
      case 'older_attempt':
        return { attemptId: pick(this.attempts, nth) ?? trustedAttemptId('never') };
      case 'echo':
        return task.dispatchedAtUs === null ? {} : { dispatchedAt: formatTime(task.dispatchedAtUs) };
      case 'worker':
        return task.attemptWorker === null ? {} : { workerId: task.attemptWorker };
      case 'other_worker':
        return { workerId: pick(this.workers, nth)! };
      case 'nobody':
        return {};
    }
  }

  /** The next dispatch is heard by nobody. */
  async unheard<T>(work: () => Promise<T>): Promise<T> {
    this.config.taskTopic = 'nobody-listens';
    try {
      return await work();
    } finally {
      this.config.taskTopic = 'tasks';
    }
  }
}
