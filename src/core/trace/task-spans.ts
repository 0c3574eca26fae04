/**
 * Task, event and decision -> the spans that end with them. Pure, and out of the task's own record: any replica may
 * commit a step, and none has to have seen the one before.
 */
import type { AttemptId, WorkerId } from '../ids';
import { type AttemptEnd, endOf, isInFlight } from '../lifecycle/attempt-end';
import type { Decision, TaskEvent } from '../lifecycle/decide';
import { MULTI_WORKER } from '../ids';
import type { Task } from '../model';
import { placeOf, placeOfAttempt, placeOfRun, type Sampler } from './run-trace';
import { type Span, span, type SpanAttributes } from './span';

interface Context {
  isSampled: Sampler;
  /** The channel on which tasks go out. */
  topic: string;
}

/** Its shards hold workers, and not the task itself. */
export function isSplit({ attemptWorker }: Task): boolean {
  return attemptWorker === MULTI_WORKER;
}

/** Whether shards beside the task, or its own, may end with it. */
export function endsShards(task: Task, { kind }: Decision): boolean {
  if (isSplit(task)) return kind === 'fail' || kind === 'cancel' || kind === 'succeed';
  return task.parentId !== null && (kind === 'fail' || kind === 'cancel');
}

/**
 * What a committed change ends: the attempt that was in flight, or else, when it fails the task, nothing that was begun.
 * @param task as it was before
 */
export function spanOfChange(
  task: Task,
  event: TaskEvent,
  decision: Decision,
  endUs: number,
  context: Context,
): Span | null {
  const outcome = endOf(event, decision);
  if (outcome === null) return null;
  const why = whyOf(event, decision);
  if (isInFlight(task)) return attemptSpan(task, outcome, why, endUs, context);
  return decision.kind === 'fail' ? failureSpan(task, decision, endUs, context) : null;
}

/** A shard that was in flight when its parent ended, or a shard beside it. */
export function abandonedSpan(task: Task, why: string, endUs: number, context: Context): Span {
  return attemptSpan(task, 'cancelled', why, endUs, context);
}

/** From when the task could be placed until its dispatch. */
export function waitSpan(
  task: Task,
  sent: { attemptId: AttemptId; worker: WorkerId; dispatchedAtUs: number; readyAtUs: number },
  { isSampled }: Context,
): Span {
  return span({
    name: `wait ${task.taskType}`,
    place: placeOf(task, 'wait', sent.attemptId, isSampled),
    parent: placeOfRun(task, isSampled),
    startUs: Math.min(Math.max(sent.readyAtUs, task.submittedAtUs), sent.dispatchedAtUs),
    endUs: sent.dispatchedAtUs,
    attributes: {
      ...aboutTask(task),
      ...aboutAttempt(sent.attemptId, task.attempt + 1, sent.worker),
    },
  });
}

/** A step that is done for a task as a whole. Done again after a crash, it is the same span. */
export function stepSpan(
  what: 'aggregate' | 'deliver',
  task: Task,
  during: { startUs: number; endUs: number; error: string | null; attributes?: SpanAttributes },
  { isSampled }: Pick<Context, 'isSampled'>,
): Span {
  const { startUs, endUs, error, attributes = {} } = during;
  return span({
    name: `${what} ${task.taskType}`,
    kind: what === 'deliver' ? 'client' : 'internal',
    place: placeOf(task, what, task.id, isSampled),
    parent: placeOfRun(task, isSampled),
    startUs,
    endUs,
    attributes: { ...aboutTask(task), ...attributes },
    error: error === null ? null : { type: `${what}_failed`, message: error },
  });
}

/** @param task in flight */
function attemptSpan(
  task: Task,
  outcome: AttemptEnd,
  why: string,
  endUs: number,
  { isSampled, topic }: Context,
): Span {
  const { attemptId, dispatchedAtUs, attempt, attemptWorker } = task;
  if (attemptId === null || dispatchedAtUs === null) throw new Error(`task ${task.id} is not in flight`);
  return span({
    name: `attempt ${task.taskType}`,
    // Its first moment is a message that is sent; whoever takes it goes on with a span of kind `consumer`.
    kind: 'producer',
    place: placeOfAttempt(task, attemptId, isSampled),
    parent: placeOfRun(task, isSampled),
    startUs: dispatchedAtUs,
    endUs,
    attributes: {
      'messaging.system': 'redis',
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'publish',
      'messaging.destination.name': topic,
      'messaging.message.id': attemptId,
      ...aboutTask(task),
      ...aboutAttempt(attemptId, attempt, attemptWorker),
      'orchestrator.attempt.outcome': outcome,
      ...(why !== '' && outcome === 'cancelled' ? { 'orchestrator.attempt.reason': why } : {}),
    },
    error: outcome === 'done' || outcome === 'cancelled' ? null : { type: outcome, message: why },
  });
}

/** It failed while nobody worked on it: nothing lasted, and the trace says so all the same. */
function failureSpan(
  task: Task,
  { error, reason }: Decision & { kind: 'fail' },
  atUs: number,
  { isSampled }: Context,
): Span {
  return span({
    name: `fail ${task.taskType}`,
    place: placeOf(task, 'fail', task.id, isSampled),
    parent: placeOfRun(task, isSampled),
    startUs: atUs,
    endUs: atUs,
    attributes: aboutTask(task),
    error: { type: reason, message: error },
  });
}

function whyOf(event: TaskEvent, decision: Decision): string {
  if ('error' in decision) return decision.error;
  if ('why' in event) return event.why;
  return 'reason' in decision ? decision.reason : '';
}

function aboutTask(task: Task): SpanAttributes {
  const { parentId, shardIndex, shardTotal } = task;
  return {
    'orchestrator.run.id': task.runId,
    'orchestrator.task.id': task.id,
    'orchestrator.task.name': task.name,
    'orchestrator.task.type': task.taskType,
    ...(parentId === null ? {} : { 'orchestrator.task.parent_id': parentId }),
    ...(shardIndex === null ? {} : { 'orchestrator.shard.index': shardIndex }),
    ...(shardTotal === null ? {} : { 'orchestrator.shard.total': shardTotal }),
    ...(isSplit(task) ? { 'orchestrator.task.split': true } : {}),
  };
}

function aboutAttempt(attemptId: AttemptId, number: number, worker: WorkerId | null): SpanAttributes {
  return {
    'orchestrator.attempt.id': attemptId,
    'orchestrator.attempt.number': number,
    ...(worker === null ? {} : { 'orchestrator.worker.id': worker }),
  };
}
