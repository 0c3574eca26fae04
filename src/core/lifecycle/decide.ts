/** (task, event) -> what is to be done. Pure: the caller reads, decides here, and commits with a compare-and-set. */
import type { Task } from '../model';
import { isTerminal } from '../model';
import { type Evidence, standingOf } from './evidence';
import { backoffSec } from './retry';
import { isLegal, type TransitionKind } from './transitions';

/** A worker may be lost under a task this often; the next loss ends the task as poison. */
export const MAX_LOSSES = 3;

/**
 * How an attempt loses its worker: `silent` no heartbeat, `unregistered` it said goodbye or left the list, `restarted` another
 * process under the same id, `removed` taken off the list by a cleanup, `unheard` it is done and nobody heard how it went.
 */
export const LOSS_CAUSES = ['silent', 'unregistered', 'restarted', 'removed', 'unheard'] as const;
export type LossCause = (typeof LOSS_CAUSES)[number];

export interface TaskEvents {
  /** The worker says that it runs the task. `heldMs`: so long ago. */
  started: { evidence: Evidence; heldMs: number };
  /** A result was stored, or TASK_SUCCEEDED heard. */
  succeeded: { evidence: Evidence };
  /** The worker says that the task failed. `random`: 0 ≤ random < 1, for the backoff's jitter. */
  failed: { evidence: Evidence; error: string; random: number };
  /** Nobody acknowledged the dispatch. */
  undelivered: { evidence: Evidence; why: string };
  /** The attempt's worker is gone, or ended without a word that was heard. */
  lost: { evidence: Evidence; cause: LossCause; why: string };
  /** The attempt took longer than it may; its worker did not say that it ended. */
  timed_out: { evidence: Evidence; error: string; random: number };
  /** The backoff is over. */
  due: object;
  /** It can never succeed: a template without a value, a message too large, a shard that failed for good. */
  doomed: { error: string; reason: string };
  cancelled: { reason: string };
}
export type TaskEventKind = keyof TaskEvents;
export type TaskEvent<K extends TaskEventKind = TaskEventKind> = { [P in K]: { kind: P } & TaskEvents[P] }[K];

export type Decision =
  | { kind: 'ignore'; why: string }
  /** The message speaks for an attempt that is not the current one. */
  | { kind: 'stale'; why: string }
  | { kind: 'start'; heldMs: number }
  /** `heard`: the evidence is of the attempt that holds the lease, not of nobody in particular. */
  | { kind: 'succeed'; heard: boolean }
  /** `heard`: the worker itself reported it, and so is done with it. */
  | { kind: 'back_off'; delaySec: number; error: string; heard: boolean }
  | { kind: 'requeue'; cause: 'undelivered' | 'lost' | 'due'; reason: string }
  | { kind: 'fail'; error: string; reason: string; heard: boolean }
  | { kind: 'cancel'; reason: string };

type Decide<K extends TaskEventKind> = (task: Task, event: TaskEvent<K>) => Decision;

const deciders: { [K in TaskEventKind]: Decide<K> } = {
  started: (task, { evidence, heldMs }) => ofAttempt(task, evidence, 'start', { kind: 'start', heldMs }),

  succeeded: (task, { evidence }) => {
    const standing = standingOf(task, evidence);
    if (standing === 'stale') return stale(task);
    return when(task, 'succeed', { kind: 'succeed', heard: standing === 'current' });
  },

  failed: (task, { evidence, error, random }) =>
    retryOrFail(task, evidence, {
      error,
      random,
      heard: true,
      reason: `failed on ${task.attemptWorker ?? 'a worker'}`,
    }),

  timed_out: (task, { evidence, error, random }) =>
    retryOrFail(task, evidence, { error, random, heard: false, reason: 'timeout' }),

  undelivered: (task, { evidence, why }) =>
    ofAttempt(task, evidence, 'undelivered', { kind: 'requeue', cause: 'undelivered', reason: why }),

  lost: (task, { evidence, why }) => {
    if (task.losses < MAX_LOSSES) {
      return ofAttempt(task, evidence, 'lost', { kind: 'requeue', cause: 'lost', reason: why });
    }
    const error = `poison: its worker was lost ${String(task.losses + 1)} times, the last time: ${why}`;
    return ofAttempt(task, evidence, 'lost', { kind: 'fail', error, reason: 'poison', heard: false });
  },

  due: (task) => when(task, 'due', { kind: 'requeue', cause: 'due', reason: '' }),

  doomed: (task, { error, reason }) => when(task, 'fail', { kind: 'fail', error, reason, heard: false }),

  cancelled: (task, { reason }) => when(task, 'cancel', { kind: 'cancel', reason }),
};

export function decide<K extends TaskEventKind>(task: Task, event: TaskEvent<K>): Decision {
  // TypeScript does not correlate the table's entry with the event's kind; the mapped type above does.
  const decider = deciders[event.kind] as unknown as Decide<K>;
  return decider(task, event);
}

function retryOrFail(
  task: Task,
  evidence: Evidence,
  { error, random, heard, reason }: { error: string; random: number; heard: boolean; reason: string },
): Decision {
  if (task.retries < task.retry.maxRetries) {
    const delaySec = backoffSec(task.retry, task.retries, random);
    return ofAttempt(task, evidence, 'back_off', { kind: 'back_off', delaySec, error, heard });
  }
  const spent = `${reason}, and all ${String(task.retry.maxRetries)} retries are spent`;
  return ofAttempt(task, evidence, 'back_off', { kind: 'fail', error, reason: spent, heard });
}

/** An event of the attempt that holds the lease, or nothing. */
function ofAttempt(task: Task, evidence: Evidence, kind: TransitionKind, decision: Decision): Decision {
  if (standingOf(task, evidence) !== 'current') return stale(task);
  return when(task, kind, decision);
}

function when(task: Task, kind: TransitionKind, decision: Decision): Decision {
  if (isLegal(kind, task.status)) return decision;
  return {
    kind: 'ignore',
    why: isTerminal(task.status) ? `it ended ${task.status}` : `it is ${task.status}`,
  };
}

function stale(task: Task): Decision {
  const why =
    task.attempt === 0 ? 'it was never dispatched' : `the current attempt is ${String(task.attempt)}`;
  return { kind: 'stale', why };
}
