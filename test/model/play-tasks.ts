/** Takes the steps of a history that are about tasks: what clients, workers' messages and the scheduler bring about. */
import { MULTI_WORKER, trustedAttemptId, trustedTaskId } from '../../src/core/ids';
import type { TaskEvent } from '../../src/core/lifecycle/decide';
import { TRANSITIONS } from '../../src/core/lifecycle/transitions';
import type { Task } from '../../src/core/model';
import { KEY } from '../../src/redis/keys';
import { toFields } from '../../src/tasks/task-hash';
import { aStoredTask } from '../helpers/stored-task';
import { isAggregating, isOpen, isUnsettled } from './model';
import { pick, type Stage } from './stage';
import type { Steps, Voice } from './steps';

/** More would only make a look at everything slow. */
const MOST_TASKS = 16;
const TIMEOUT_SEC = 60;

/** From a task's name within its run to those that it waits for. */
const SHAPES: Record<Steps['submit']['shape'], Record<string, string[]>> = {
  single: { a: [] },
  chain: { a: [], b: ['a'], c: ['b'] },
  diamond: { a: [], b: ['a'], c: ['a'], d: ['b', 'c'] },
};
const ROOM: Record<Steps['submit']['room'], number> = { plenty: 1_000, 'just enough': 0, 'one too few': -1 };

export async function submit(stage: Stage, step: Steps['submit']): Promise<void> {
  const { world } = stage;
  const nodes = Object.entries(SHAPES[step.shape]);
  if (world.model.tasks.size + nodes.length > MOST_TASKS) return;
  const run = stage.world.name('run');
  const idOf = (node: string): string => `${run.replace('run-', 't')}${node}`;
  const known = [...world.model.tasks.keys()];
  const after = [...new Set(step.after.flatMap((nth) => pick(known, nth) ?? []))];
  const retry = { maxRetries: step.maxRetries, baseDelaySec: 3_600, maxDelaySec: 36_000 };
  const timeoutSec = step.timeout ? TIMEOUT_SEC : null;
  // Long: nothing is due in a history, which only asks what is in the indexes.
  const ttlSec = step.timeout ? 3_600 : null;
  const fields = toFields(aStoredTask({ retry, timeoutSec, ttlSec }));
  const tasks = nodes.map(([node, waitsFor]) => ({
    id: idOf(node),
    fields,
    document: '{}',
    priority_us: 0,
    waits_for: node === 'a' ? after : waitsFor.map(idOf),
  }));
  const open = stage.tasksThat(isOpen).length;
  stage.tell(`a client submits ${tasks.map(({ id, waits_for }) => `${id}(${waits_for.join()})`).join(' ')}`);
  await world.run('submit-run', {
    run_id: run,
    raw: 'text',
    tasks_json: JSON.stringify(tasks),
    external_ids_json: JSON.stringify(after),
    max_open: String(open + tasks.length + ROOM[step.room]),
    is_expected: '0',
    ...keyOf(stage, step, run),
  });
}

/** Of its own, or one that was used before, with the body of then or with another. */
function keyOf(
  stage: Stage,
  step: Steps['submit'],
  run: string,
): { idempotency_key: string; body_sha256: string } {
  const used = [...stage.world.model.keys];
  const [earlier, { body_sha256 = '' } = {}] = pick(used, step.nth) ?? [];
  if (step.key === 'none') return { idempotency_key: '', body_sha256: '' };
  if (step.key === 'own' || earlier === undefined) return { idempotency_key: run, body_sha256: `of-${run}` };
  return { idempotency_key: earlier, body_sha256: step.key === 'again' ? body_sha256 : `of-${run}` };
}

export async function dispatch(stage: Stage, step: Steps['dispatch']): Promise<void> {
  const task = stage.taskFor(step, stage.isReady);
  if (task === null) return;
  const free = stage.workers.filter((id) => {
    const worker = stage.world.model.workers.get(id);
    return worker?.hash.status === 'IDLE' && worker.lease.task_id === undefined;
  });
  const worker = pick(step.wild || free.length === 0 ? stage.workers : free, step.worker)!;
  const replica = stage.replica(step.replica);
  const attemptId = trustedAttemptId(stage.world.name('try'));
  stage.attempts.push(attemptId);
  const startedAt = stage.world.model.workers.get(worker)?.hash.started_at ?? '';
  const asRead = step.outdated ? { ...task, attemptId: pick(stage.attempts, step.task)! } : task;
  stage.tell(`${replica.name} dispatches ${task.id} to ${worker}`);
  const send = (): Promise<unknown> =>
    replica.lifecycle.dispatch(
      asRead,
      { id: worker, startedAt: step.restarted ? 'another start' : startedAt },
      {
        attemptId,
        head: `{"task_id":"${task.id}","dispatched_at":"`,
        tail: '"}',
        staleFiles: [],
        inputs: null,
      },
    );
  await (step.deaf ? stage.unheard(send) : send());
}

export async function split(stage: Stage, step: Steps['split']): Promise<void> {
  const { world } = stage;
  const task = stage.taskFor({ task: step.task, wild: false }, stage.isReady);
  if (task === null || world.model.tasks.size + step.into > MOST_TASKS) return;
  const replica = stage.replica(step.replica);
  stage.tell(`${replica.name} splits ${task.id} into ${String(step.into)}`);
  await replica.lifecycle.split(
    task,
    Array.from({ length: step.into }, (_, index) => ({
      id: trustedTaskId(stage.world.name('shard')),
      task: { ...task, parallel: false, shard: { index, total: step.into } },
      document: { apiVersion: 'v1', kind: 'Task', metadata: { name: 'shard' }, spec: { taskType: 'echo' } },
    })),
  );
}

export async function hear(stage: Stage, voice: Voice): Promise<void> {
  const task = stage.taskFor(voice, stage.fitting(voice.event));
  if (task === null) return;
  const replica = stage.replica(voice.replica);
  const event = eventOf(stage, voice, task);
  const evidence = 'evidence' in event ? ` by ${JSON.stringify(event.evidence)}` : '';
  stage.tell(`${replica.name} hears of ${task.id}: ${voice.event}${evidence}`);
  await replica.lifecycle.apply(task.id, event);
}

function eventOf(stage: Stage, { event: kind, evidence: of, late, task: nth }: Voice, task: Task): TaskEvent {
  const evidence = stage.evidence(of, task, nth);
  const random = late ? 0.9 : 0;
  switch (kind) {
    case 'started':
      return { kind, evidence, heldMs: late ? 10 : 0 };
    case 'succeeded':
      return { kind, evidence };
    case 'failed':
    case 'timed_out':
      return { kind, evidence, error: 'boom', random };
    case 'undelivered':
      return { kind, evidence, why: 'gone' };
    case 'lost':
      return { kind, evidence, cause: 'silent', why: 'gone' };
    case 'due':
      return { kind };
    case 'doomed':
      return { kind, error: 'no value', reason: 'template' };
    case 'cancelled':
      return { kind, reason: 'asked to' };
  }
}

export async function result(stage: Stage, step: Steps['result']): Promise<void> {
  const succeeds = stage.fitting('succeeded');
  const task = stage.taskFor(step, (one) => succeeds(one) || (one.status === 'DONE' && one.result === null));
  if (task === null) return;
  const replica = stage.replica(step.replica);
  const evidence = stage.evidence(step.evidence, task, step.task);
  stage.tell(`${replica.name} has a result of ${task.id} by ${JSON.stringify(evidence)}`);
  await replica.lifecycle.resultStored(task.id, evidence, {
    resultId: stage.world.name('result'),
    sha256: step.other ? 'other-sha' : 'a-sha',
    sizeBytes: 1,
    workerId: evidence.workerId ?? null,
  });
}

export async function aggregate(stage: Stage, step: Steps['aggregate']): Promise<void> {
  const id = pick(stage.tasksThat(isAggregating), step.task);
  if (id === undefined) return;
  const replica = stage.replica(step.replica);
  stage.tell(`${replica.name} has put together the shards of ${id}`);
  await replica.lifecycle.resultStored(
    trustedTaskId(id),
    {},
    { resultId: stage.world.name('result'), sha256: 'aggregate-sha', sizeBytes: 1, workerId: MULTI_WORKER },
  );
}

export async function deliver(stage: Stage, { task }: Steps['deliver']): Promise<void> {
  const id = pick([...stage.world.model.delivering], task);
  if (id === undefined) return;
  stage.tell(`the aggregate of ${id} is where it belongs`);
  await stage.world.run('note-delivery', { task_id: id, note: '' });
}

export async function settle(stage: Stage, { task: nth }: Steps['settle']): Promise<void> {
  const id = pick(stage.tasksThat(isUnsettled), nth);
  if (id === undefined) return;
  stage.tell(`the files of ${id} are in place`);
  stage.world.model.settled.add(id);
  await stage.world.outside(stage.world.client.srem(KEY.unsettled, id));
}

/** Of a script that says which attempt it is about, since the core decides on nobody's word there. */
const OF_AN_ATTEMPT: readonly string[] = ['start', 'back_off', 'undelivered', 'lost'];

export async function direct(stage: Stage, step: Steps['direct']): Promise<void> {
  const { world } = stage;
  const ids = [...world.model.tasks.keys(), 'nobody'];
  const id = pick(ids, step.task)!;
  const current = world.model.tasks.get(id)?.attemptId ?? '';
  const attempts = [
    current,
    ...(OF_AN_ATTEMPT.includes(step.script) ? [] : ['']),
    'never',
    ...stage.attempts,
  ];
  const attempt_id = pick(attempts, step.attempt)!;
  if (OF_AN_ATTEMPT.includes(step.script) && attempt_id === '') return;
  const from = step.script in TRANSITIONS ? TRANSITIONS[step.script as keyof typeof TRANSITIONS].from : [];
  const was = { task_id: id, status: pick(from, step.status) ?? '', attempt_id };
  const epoch = { leader: world.model.leader?.epoch ?? '', deposed: 'an old epoch', anybody: '' }[step.as];
  const heard = step.heard ? '1' : '0';
  const indexed = step.result ? '1' : '0';
  const stored = step.result
    ? { result_sha256: 'a-sha', result_id: stage.world.name('result') }
    : { result_sha256: '', result_id: '' };
  const requeue = { ...was, epoch, reason: '', rest_max_us: '15000000' };
  const abort = { ...was, epoch, error_text: 'broken', reason: 'for good', heard, indexed };
  const calls: Record<Steps['direct']['script'], () => Promise<unknown>> = {
    start: () => world.run('start-task', { ...was, held_us: '0' }),
    succeed: () =>
      world.run('complete-task', { ...was, ...stored, worker_id: '', heard, indexed, expected: '' }),
    back_off: () => world.run('back-off-task', { ...was, epoch, delay_us: '0', error_text: 'boom', heard }),
    due: () => world.run('requeue-task', { ...requeue, cause: 'due' }),
    undelivered: () => world.run('requeue-task', { ...requeue, cause: 'undelivered' }),
    lost: () => world.run('requeue-task', { ...requeue, cause: 'lost' }),
    fail: () => world.run('abort-task', { ...abort, outcome: 'FAILED' }),
    cancel: () => world.run('abort-task', { ...abort, outcome: 'CANCELLED' }),
    attach: () =>
      world.run('attach-result', {
        task_id: id,
        attempt_id,
        result_sha256: 'late-sha',
        result_id: stage.world.name('result'),
      }),
    upload: () =>
      world.run('note-upload', {
        task_id: id,
        attempt_id,
        upload_id: step.heard ? 'the-one' : 'the-other',
        lease_us: '3600000000',
      }),
    explain: () => world.run('explain-task', { task_id: id, note: 'runs whole' }),
  };
  stage.tell('somebody calls a script');
  await calls[step.script]();
}
