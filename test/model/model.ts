/**
 * What there is to know about tasks, workers and the lease on scheduling, as plain values. Which sets a task is in is
 * not stored here but follows from what it is: that is what the indexes in Redis are held against.
 */
import { isTerminal, TASK_STATUSES, type TaskStatus } from '../../src/core/model';

/** Times come from Redis and are only told apart as far as a decision depends on them. */
export type When = 'old' | 'recent' | 'future';

export interface ModelTask {
  status: TaskStatus;
  attempt: number;
  attemptId: string | null;
  worker: string | null;
  lastFailedWorker: string | null;
  retries: number;
  losses: number;
  undelivered: number;
  started: boolean;
  finished: boolean;
  /** Set while it backs off. */
  retryAt: When | null;
  result: { sha256: string; id: string } | null;
  /** Files of one of its attempts were staged. */
  uploads: boolean;
  /** Uploads that are about to come to their place, sorted. */
  arriving: string[];
  /** The document it belongs to. */
  run: string;
  /** Its document says how long its files are kept. */
  ownTtl: boolean;
  /** It ended where age or room bounds what is kept, or was indexed later. */
  indexed: boolean;
  /** Its files were deleted, and why. */
  deleted: string | null;
  storedBytes: number | null;
  /** Dependencies that are not DONE, sorted; the tasks that depend on it, in order. */
  waitsFor: string[];
  dependents: string[];
  parent: string | null;
  shards: string[];
  openShards: string[];
}

export type Fields = Record<string, string>;

export interface ModelWorker {
  listed: boolean;
  /** What it says of itself, and what cleanup kept of that. */
  hash: Fields;
  kept: Fields;
  heartbeat: string | null;
  /** What the service knows of it, field by field; times as `When`. */
  lease: Fields;
}

export interface Leader {
  epoch: string;
  replica: string;
  term: number;
}

/** Everything that is compared with Redis after each step. */
export interface Facts {
  tasks: Record<string, ModelTask>;
  workers: Record<string, ModelWorker>;
  leader: Leader | null;
  term: number;
  pulse: number;
  dataset: string | null;
  /** How many tasks each has. */
  runs: Record<string, number>;
  storedBytes: number;
  keys: Record<string, Fields>;
  indexes: Record<string, string[]>;
}

export interface Model {
  tasks: Map<string, ModelTask>;
  workers: Map<string, ModelWorker>;
  leader: Leader | null;
  term: number;
  pulse: number;
  dataset: string | null;
  runs: Map<string, number>;
  /** What was submitted with each idempotency key. */
  keys: Map<string, Fields>;
  /** Attempts that may take only so long. */
  timed: Set<string>;
  /** DONE tasks whose files were put in place. */
  settled: Set<string>;
  /** Aggregates that may still have to be sent elsewhere. */
  delivering: Set<string>;
  /** Deleted tasks whose place on disk is to be looked at again. */
  deleting: Set<string>;
}

export const emptyModel = (): Model => ({
  tasks: new Map(),
  workers: new Map(),
  leader: null,
  term: 0,
  pulse: 0,
  dataset: null,
  runs: new Map(),
  keys: new Map(),
  timed: new Set(),
  settled: new Set(),
  delivering: new Set(),
  deleting: new Set(),
});

/** By way of text, which keeps plain values and shares nothing. */
export function copyOf(model: Model): Model {
  const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;
  return {
    tasks: new Map(copy([...model.tasks])),
    workers: new Map(copy([...model.workers])),
    leader: copy(model.leader),
    term: model.term,
    pulse: model.pulse,
    dataset: model.dataset,
    runs: new Map(model.runs),
    keys: new Map(copy([...model.keys])),
    timed: new Set(model.timed),
    settled: new Set(model.settled),
    delivering: new Set(model.delivering),
    deleting: new Set(model.deleting),
  };
}

export const newTask = (change: Partial<ModelTask> = {}): ModelTask => ({
  status: 'PENDING',
  attempt: 0,
  attemptId: null,
  worker: null,
  lastFailedWorker: null,
  retries: 0,
  losses: 0,
  undelivered: 0,
  started: false,
  finished: false,
  retryAt: null,
  result: null,
  uploads: false,
  arriving: [],
  run: '',
  ownTtl: false,
  indexed: false,
  deleted: null,
  storedBytes: null,
  waitsFor: [],
  dependents: [],
  parent: null,
  shards: [],
  openShards: [],
  ...change,
});

/** Somebody that Redis has never heard of is a worker about whom nothing is known. */
export function workerOf(model: Model, id: string): ModelWorker {
  const known = model.workers.get(id);
  if (known) return known;
  const unknown: ModelWorker = { listed: false, hash: {}, kept: {}, heartbeat: null, lease: {} };
  model.workers.set(id, unknown);
  return unknown;
}

export const isOpen = (task: ModelTask): boolean => !isTerminal(task.status);
export const isReady = (task: ModelTask): boolean => task.status === 'PENDING' && task.waitsFor.length === 0;
export const isParent = (task: ModelTask): boolean => task.shards.length > 0;
export const isInFlight = (task: ModelTask): boolean =>
  (task.status === 'DISPATCHED' || task.status === 'RUNNING') && !isParent(task);
/** Something of it is to be put in its place, or was. */
export const isUnsettled = (task: ModelTask): boolean =>
  isTerminal(task.status) && (task.uploads || (task.status === 'DONE' && task.result !== null));
export const isAggregating = (task: ModelTask): boolean =>
  task.status === 'RUNNING' && isParent(task) && task.openShards.length === 0;

export function factsOf(model: Model): Facts {
  const where = (holds: (task: ModelTask, id: string) => boolean): string[] =>
    [...model.tasks].flatMap(([id, task]) => (holds(task, id) ? [id] : [])).sort();
  return {
    tasks: Object.fromEntries(model.tasks),
    workers: Object.fromEntries(
      [...model.workers].filter(
        ([, w]) =>
          w.listed ||
          w.heartbeat !== null ||
          [w.hash, w.kept, w.lease].some((fields) => Object.keys(fields).length > 0),
      ),
    ),
    leader: model.leader,
    term: model.term,
    pulse: model.pulse,
    dataset: model.dataset,
    runs: Object.fromEntries(model.runs),
    storedBytes: [...model.tasks.values()].reduce((sum, { storedBytes }) => sum + (storedBytes ?? 0), 0),
    keys: Object.fromEntries(model.keys),
    indexes: {
      all: where(() => true),
      ...Object.fromEntries(TASK_STATUSES.map((status) => [status, where((task) => task.status === status)])),
      ready: where(isReady),
      retries: where((task) => task.status === 'WAITING'),
      unacknowledged: where((task) => task.status === 'DISPATCHED'),
      deadlines: where((task) => isInFlight(task) && model.timed.has(task.attemptId ?? '')),
      aggregating: where(isAggregating),
      delivering: [...model.delivering].sort(),
      unsettled: where((task, id) => isUnsettled(task) && task.deleted === null && !model.settled.has(id)),
      ended: where((task) => task.indexed && task.deleted === null),
      expiring: where((task) => !isOpen(task) && task.ownTtl && task.deleted === null),
      deleted: where((task) => task.deleted !== null),
      deleting: [...model.deleting].sort(),
    },
  };
}
