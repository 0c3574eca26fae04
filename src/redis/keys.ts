/**
 * The one place that spells a Redis key or channel. The Lua scripts get the same table as `KEY`,
 * so a prefix exists once. Redis Cluster is refused at start: a worker's registration crosses slots.
 */
export const KEY = {
  /** Hash per task: everything that changes. */
  task: 'orch:task:',
  /** JSON of the task's document, placeholders intact. */
  document: 'orch:document:',
  /** Set of unfinished dependencies of a task. */
  waitingOn: 'orch:waiting_on:',
  /** List of the tasks that depend on a task, also of those that were submitted when it was done. */
  dependents: 'orch:dependents:',
  /** List of a parent's shards in order, and the set of those not DONE yet. */
  shards: 'orch:shards:',
  openShards: 'orch:open_shards:',
  /** Sorted set with a time to live of the uploads that are about to come to their place, by the microsecond at which they are given up. */
  arriving: 'orch:arriving:',
  /** Hash per document: its text, and how many of its tasks there are. */
  run: 'orch:run:',
  /** Hash with a time to live per Idempotency-Key: what was submitted with it. */
  idempotencyKey: 'orch:idempotency_key:',
  /** Number with a time to live of a second: submissions in it. */
  submissionRate: 'orch:submission_rate',
  /** Sorted sets of task ids by submission order: all, and one for each status. */
  tasks: 'orch:tasks',
  tasksByStatus: 'orch:tasks:',
  sequence: 'orch:sequence',
  /** Sorted set of placeable task ids, lowest score first. */
  ready: 'orch:ready',
  /** Sorted set of WAITING task ids by the microsecond at which they are due. */
  retries: 'orch:retries',
  /** Sorted set of dispatched, unacknowledged task ids by the microsecond at which patience ends. */
  unacknowledged: 'orch:unacknowledged',
  /** Set of parents whose shards are all DONE and whose aggregate is not stored yet. */
  aggregating: 'orch:aggregating',
  /** Set of DONE tasks whose result and files are not known to lie in their final place yet. */
  unsettled: 'orch:unsettled',
  /** Sorted set of dispatched or running task ids by the microsecond at which their attempt runs out of time. */
  deadlines: 'orch:deadlines',
  /** Sorted set of ended tasks whose files are kept, by the microsecond of their end; only where retention is set. */
  ended: 'orch:ended',
  /** Sorted set of those whose document says how long, by the microsecond at which that is over. */
  expiring: 'orch:expiring',
  /** Sorted set of tasks whose files are deleted, by the microsecond of their end. */
  deleted: 'orch:deleted',
  /** Sorted set of those of them whose place on disk is to be looked at (again), by the microsecond at which that is due. */
  deleting: 'orch:deleting',
  /** Bytes on disk of the ended tasks whose size is known. */
  storedBytes: 'orch:stored_bytes',
  /** Hash with a time to live: the one replica that schedules. */
  leader: 'orch:leader',
  leaderTerm: 'orch:leader_term',
  leaderPulse: 'orch:leader_pulse',
  /** Set by the first leader and never again: another value is another, emptied Redis. */
  dataset: 'orch:dataset',
  /** Set of DONE parents whose aggregate may still have to be sent elsewhere. */
  delivering: 'orch:delivering',
  /** Hash: resource signature -> why no registered worker fits it. */
  unplaceable: 'orch:unplaceable',
  /** Hash per worker: its lease, and what we know that it does not say. */
  lease: 'orch:lease:',
  /** The hash of a worker that cleanup removed, kept for its return. */
  removedWorker: 'orch:removed_worker:',
  signingSecret: 'orch:signing_secret',

  workerIds: 'workers:ids',
  worker: 'worker:',
  heartbeatSuffix: ':hb',
} as const;

/** In `unplaceable`: a reason that holds for whatever no reason of its own holds for. */
export const EVERY_SIGNATURE = '*';

export const CHANNEL = {
  taskEvents: 'tasks.events',
  workerEvents: 'workers.events',
  /** What a script changed that the scheduler wants to know at once; a miss is found by the sweep. */
  doorbell: 'orch:doorbell',
  /** What a replica tells itself, to know that it has heard all that was said before. */
  fence: 'orch:fence',
} as const;
