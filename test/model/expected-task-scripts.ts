/** What each script on tasks is expected to answer, and what it makes of the model. */
import type { ScriptArguments, ScriptName } from '../../src/redis/script-contracts';
import type { TaskStatus } from '../../src/core/model';
import { isOpen, isReady, newTask, workerOf, type Model, type ModelTask, type ModelWorker } from './model';

/** In an answer: a value that only Redis knows, such as a time. */
export const ANY = Symbol('any');
export type ExpectedAnswer = readonly (string | number | typeof ANY)[];
export type Expect<N extends ScriptName> = (model: Model, args: ScriptArguments<N>) => ExpectedAnswer;

export const deposed = (model: Model, epoch: string): boolean =>
  epoch !== '' && model.leader?.epoch !== epoch;

/** The task, if it is as the caller read it. */
function asRead(
  model: Model,
  args: { task_id: string; status: string; attempt_id: string },
): ModelTask | null {
  const task = model.tasks.get(args.task_id);
  return task?.status === args.status && (task.attemptId ?? '') === args.attempt_id ? task : null;
}

/** The worker that a task's attempt holds, if it still does. */
function holderOf(model: Model, task: ModelTask): ModelWorker | null {
  const worker = task.worker === null ? undefined : model.workers.get(task.worker);
  return worker && task.attemptId !== null && worker.lease.attempt_id === task.attemptId ? worker : null;
}

function endAttempt(model: Model, id: string, task: ModelTask, heard: boolean): void {
  const lease = holderOf(model, task)?.lease;
  if (!lease) return;
  delete lease.task_id;
  delete lease.attempt_id;
  delete lease.since;
  delete lease.orphaned;
  Object.assign(lease, { ended_task: id, ended_at: 'recent', ended_heard: heard ? '1' : '0' });
  if (heard) prove(lease);
}

function prove(lease: ModelWorker['lease']): void {
  Object.assign(lease, { proven: '1', rests: '0' });
}

/** Ends a task without success, with everything that cannot go on without it. Answers how many ended. */
function giveUp(
  model: Model,
  root: string,
  outcome: TaskStatus,
  { heard, indexed }: { heard: boolean; indexed: boolean },
): number {
  const queue: [id: string, outcome: TaskStatus][] = [[root, outcome]];
  let ended = 0;
  for (const [id, becomes] of queue) {
    const task = model.tasks.get(id);
    if (!task || !isOpen(task)) continue;
    if (heard && id === root) task.lastFailedWorker = task.worker;
    endAttempt(model, id, task, heard && id === root);
    Object.assign(task, { status: becomes, finished: true, retryAt: null, waitsFor: [], openShards: [] });
    if (indexed) task.indexed = true;
    ended += 1;
    for (const shard of task.shards) queue.push([shard, 'CANCELLED']);
    if (task.parent !== null) queue.push([task.parent, becomes]);
    for (const dependent of task.dependents) queue.push([dependent, becomes]);
  }
  return ended;
}

function isFree(worker: ModelWorker, startedAt: string): boolean {
  const { lease, hash, heartbeat } = worker;
  if (lease.task_id !== undefined || (hash.started_at ?? '') !== startedAt) return false;
  if (lease.rest_until === 'future') return false;
  if (heartbeat === null && lease.registered_at !== 'recent') return false;
  if (lease.muted_heartbeat === (heartbeat ?? '')) return false;
  if (hash.status === 'IDLE') return true;
  const endWasHeard = lease.ended_task === hash.extra_task_id && lease.ended_heard === '1';
  return hash.status === 'RUNNING' && endWasHeard && lease.ended_at === 'old';
}

interface Submitted {
  id: string;
  fields: string[];
  waits_for: string[];
}

export const expectedTaskScripts = {
  'submit-run': (model, args) => {
    if (model.runs.has(args.run_id)) return ['submitted', ANY];
    const { idempotency_key: key, body_sha256 } = args;
    const earlier = model.keys.get(key);
    if (earlier)
      return earlier.body_sha256 === body_sha256 ? ['replayed', earlier.task_ids!] : ['key_reused'];
    for (const id of JSON.parse(args.external_ids_json) as string[]) {
      const status = model.tasks.get(id)?.status;
      if (status === undefined) return ['dependency_unknown', id];
      if (model.tasks.get(id)!.deleted !== null) return ['dependency_deleted', id];
      if (status === 'FAILED' || status === 'CANCELLED') return ['dependency_ended', id, status];
    }
    const tasks = JSON.parse(args.tasks_json) as Submitted[];
    const open = [...model.tasks.values()].filter(isOpen).length;
    if (open + tasks.length > Number(args.max_open)) return ['full', open];
    model.runs.set(args.run_id, tasks.length);
    const taskIds = JSON.stringify(tasks.map(({ id }) => id));
    if (key !== '') model.keys.set(key, { body_sha256, task_ids: taskIds });
    for (const { id, fields } of tasks)
      model.tasks.set(id, newTask({ run: args.run_id, ownTtl: fields.includes('ttl_sec') }));
    for (const { id, waits_for } of tasks) {
      const unfinished = waits_for.filter((dependency) => model.tasks.get(dependency)!.status !== 'DONE');
      model.tasks.get(id)!.waitsFor = unfinished.toSorted();
      for (const dependency of waits_for) model.tasks.get(dependency)!.dependents.push(id);
    }
    return ['submitted', ANY];
  },

  'dispatch-task': (model, args) => {
    const task = model.tasks.get(args.task_id);
    if (task?.attemptId === args.attempt_id) return ['dispatched', ANY];
    if (deposed(model, args.epoch)) return ['not_leader'];
    if (task?.status !== 'PENDING' || (task.attemptId ?? '') !== args.expected_attempt_id)
      return ['task_changed'];
    const worker = workerOf(model, args.worker_id);
    if (!isFree(worker, args.worker_started_at)) return ['worker_unavailable', ANY];
    if (!isReady(task)) return ['task_changed'];
    if (args.topic !== 'tasks') return ['no_receiver'];
    Object.assign(task, {
      status: 'DISPATCHED',
      attempt: task.attempt + 1,
      attemptId: args.attempt_id,
      worker: args.worker_id,
      started: false,
    });
    if (args.timeout_us !== '') model.timed.add(args.attempt_id);
    Object.assign(worker.lease, { task_id: args.task_id, attempt_id: args.attempt_id, since: 'recent' });
    if (!('started_at' in worker.lease)) worker.lease.started_at = args.worker_started_at;
    delete worker.hash.extra_task_id;
    delete worker.hash.extra_last_task;
    return ['dispatched', ANY];
  },

  'split-task': (model, args) => {
    const shards = (JSON.parse(args.shards_json) as { id: string }[]).map(({ id }) => id);
    if (model.tasks.has(shards[0]!)) return ['split'];
    if (deposed(model, args.epoch)) return ['not_leader'];
    const task = model.tasks.get(args.task_id);
    if (!task || !isReady(task) || (task.attemptId ?? '') !== args.expected_attempt_id)
      return ['task_changed'];
    Object.assign(task, { status: 'RUNNING', worker: 'MULTI', attemptId: null, started: true });
    Object.assign(task, { shards, openShards: shards.toSorted() });
    const { run, ownTtl } = task;
    model.runs.set(run, model.runs.get(run)! + shards.length);
    for (const id of shards) model.tasks.set(id, newTask({ parent: args.task_id, run, ownTtl }));
    return ['split'];
  },

  'start-task': (model, args) => {
    const task = asRead(model, args);
    if (!task) return ['conflict'];
    Object.assign(task, { status: 'RUNNING', started: true });
    prove(holderOf(model, task)?.lease ?? {});
    return ['applied'];
  },

  'complete-task': (model, args) => {
    const task = asRead(model, args);
    if (!task) return ['conflict'];
    endAttempt(model, args.task_id, task, args.heard === '1');
    task.started ||= task.attemptId !== null;
    Object.assign(task, { status: 'DONE', finished: true, retryAt: null, waitsFor: [] });
    if (args.indexed === '1') task.indexed = true;
    if (args.worker_id !== '') task.worker = args.worker_id;
    if (args.worker_id === 'MULTI') model.delivering.add(args.task_id);
    if (args.result_sha256 !== '') task.result = { sha256: args.result_sha256, id: args.result_id };
    for (const id of task.dependents) {
      const dependent = model.tasks.get(id);
      if (dependent) dependent.waitsFor = dependent.waitsFor.filter((other) => other !== args.task_id);
    }
    for (const shard of task.openShards)
      giveUp(model, shard, 'CANCELLED', { heard: false, indexed: args.indexed === '1' });
    task.openShards = [];
    const parent = task.parent === null ? undefined : model.tasks.get(task.parent);
    if (parent) parent.openShards = parent.openShards.filter((shard) => shard !== args.task_id);
    return ['applied', task.uploads ? '1' : '0'];
  },

  'attach-result': (model, args) => {
    const task = model.tasks.get(args.task_id);
    if (
      task?.status !== 'DONE' ||
      task.result !== null ||
      task.deleted !== null ||
      (task.attemptId ?? '') !== args.attempt_id
    ) {
      return ['conflict'];
    }
    task.result = { sha256: args.result_sha256, id: args.result_id };
    model.settled.delete(args.task_id);
    return ['applied'];
  },

  'back-off-task': (model, args) => {
    if (deposed(model, args.epoch)) return ['not_leader'];
    const task = asRead(model, args);
    if (!task) return ['conflict'];
    endAttempt(model, args.task_id, task, args.heard === '1');
    Object.assign(task, {
      status: 'WAITING',
      retries: task.retries + 1,
      lastFailedWorker: task.worker,
      started: false,
      retryAt: Number(args.delay_us) > 0 ? 'future' : 'recent',
    });
    return ['applied'];
  },

  'requeue-task': (model, args) => {
    if (deposed(model, args.epoch)) return ['not_leader'];
    const task = asRead(model, args);
    if (!task) return ['conflict'];
    if (args.cause === 'due' && task.retryAt === 'future') return ['early'];
    if (args.cause === 'lost') task.losses += 1;
    if (args.cause === 'undelivered') {
      task.undelivered += 1;
      const worker = holderOf(model, task);
      if (worker?.lease.proven === '1') worker.lease.muted_heartbeat = worker.heartbeat ?? '';
      else if (worker) {
        const rests = Number(worker.lease.rests ?? 0) + 1;
        Object.assign(worker.lease, { rest_until: 'future', rests: String(rests) });
      }
    }
    if (args.cause !== 'due') endAttempt(model, args.task_id, task, false);
    Object.assign(task, { status: 'PENDING', retryAt: null, started: false });
    return ['applied'];
  },

  'abort-task': (model, args) => {
    if (deposed(model, args.epoch)) return ['not_leader'];
    if (!asRead(model, args)) return ['conflict'];
    return [
      'applied',
      giveUp(model, args.task_id, args.outcome as TaskStatus, {
        heard: args.heard === '1',
        indexed: args.indexed === '1',
      }),
    ];
  },

  'note-delivery': (model, args) => {
    model.delivering.delete(args.task_id);
    return ['applied'];
  },

  'note-upload': (model, args) => {
    const task = model.tasks.get(args.task_id);
    if (!task) return ['conflict'];
    if (task.arriving.includes(args.upload_id)) return ['applied'];
    if (task.status === 'DONE') return [task.arriving.length === 0 ? 'done' : 'busy'];
    if (!isOpen(task) || (args.attempt_id !== '' && task.attemptId !== args.attempt_id)) return ['conflict'];
    if (args.attempt_id !== '') task.uploads = true;
    task.arriving = [...task.arriving, args.upload_id].sort();
    return ['applied'];
  },

  'list-ready': () => ['listed', ANY],

  'list-attempts': () => ['listed', ANY],

  'explain-task': (model, args) => [model.tasks.has(args.task_id) ? 'applied' : 'unknown'],
} satisfies { [N in ScriptName]?: Expect<N> };
