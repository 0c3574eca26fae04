import fc from 'fast-check';
import { aStoredTask } from '../../../test/helpers/stored-task';
import { trustedAttemptId, trustedWorkerId } from '../ids';
import { isTerminal, TASK_STATUSES, type Task } from '../model';
import { decide, type Decision, type TaskEvent } from './decide';
import { isLegal, TRANSITIONS, type TransitionKind } from './transitions';

/** Which transition a decision commits. */
const TRANSITION_OF: Record<Exclude<Decision['kind'], 'ignore' | 'stale' | 'requeue'>, TransitionKind> = {
  start: 'start',
  succeed: 'succeed',
  back_off: 'back_off',
  fail: 'fail',
  cancel: 'cancel',
};

const attempt = fc.constantFrom('a-1', 'a-2').map(trustedAttemptId);
const worker = fc.constantFrom('w-1', 'w-2').map(trustedWorkerId);
const evidence = fc.record({ attemptId: attempt, workerId: worker }, { requiredKeys: [] });

const task: fc.Arbitrary<Task> = fc
  .record({
    status: fc.constantFrom(...TASK_STATUSES),
    attemptId: fc.option(attempt),
    attemptWorker: fc.option(worker),
    retries: fc.integer({ min: 0, max: 5 }),
    losses: fc.integer({ min: 0, max: 5 }),
  })
  .map((change) => aStoredTask(change));

const event: fc.Arbitrary<TaskEvent> = fc.oneof(
  evidence.map((e): TaskEvent => ({ kind: 'started', evidence: e, heldMs: 0 })),
  evidence.map((e): TaskEvent => ({ kind: 'succeeded', evidence: e })),
  fc
    .tuple(evidence, fc.double({ min: 0, max: 0.999, noNaN: true }))
    .map(([e, random]): TaskEvent => ({ kind: 'failed', evidence: e, error: 'x', random })),
  evidence.map((e): TaskEvent => ({ kind: 'undelivered', evidence: e, why: 'x' })),
  evidence.map((e): TaskEvent => ({ kind: 'lost', evidence: e, cause: 'silent', why: 'x' })),
  fc.constant<TaskEvent>({ kind: 'due' }),
  fc.constant<TaskEvent>({ kind: 'doomed', error: 'x', reason: 'x' }),
  fc.constant<TaskEvent>({ kind: 'cancelled', reason: 'x' }),
);

describe('the state machine', () => {
  it('never decides on an illegal transition, whatever is heard in whatever state', () => {
    fc.assert(
      fc.property(task, event, (before, heard) => {
        const decision = decide(before, heard);
        if (decision.kind === 'ignore' || decision.kind === 'stale') return;
        const transition = decision.kind === 'requeue' ? decision.cause : TRANSITION_OF[decision.kind];
        expect(isLegal(transition, before.status)).toBe(true);
        expect(isTerminal(before.status)).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  it('lets nothing of an older attempt through', () => {
    fc.assert(
      fc.property(task, event, (before, heard) => {
        if (!('evidence' in heard) || heard.evidence.attemptId === undefined) return;
        if (heard.evidence.attemptId === before.attemptId) return;
        expect(['stale', 'ignore']).toContain(decide(before, heard).kind);
      }),
    );
  });

  it('leads out of every status that is not terminal, and out of no other', () => {
    for (const status of TASK_STATUSES) {
      const ways = Object.values(TRANSITIONS).filter(({ from }) => from.includes(status));
      expect(ways.length > 0).toBe(!isTerminal(status));
    }
  });
});
