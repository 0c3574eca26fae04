import { aStoredTask } from '../../../test/helpers/stored-task';
import { trustedAttemptId, trustedWorkerId } from '../ids';
import { TASK_STATUSES, type Task, type TaskStatus } from '../model';
import { decide, MAX_LOSSES, type Decision, type TaskEvent } from './decide';
import { formatTime } from './time';

const CURRENT = trustedAttemptId('attempt-2');
const OLDER = trustedAttemptId('attempt-1');
const WORKER = trustedWorkerId('w-1');

const kindOf = (task: Task, event: TaskEvent): Decision['kind'] => decide(task, event).kind;
const failed = (evidence: object): TaskEvent<'failed'> => ({
  kind: 'failed',
  evidence,
  error: 'out of memory',
  random: 0.5,
});

const timedOut = (attemptId: typeof CURRENT): TaskEvent<'timed_out'> => ({
  kind: 'timed_out',
  evidence: { attemptId },
  error: 'timeout',
  random: 0.5,
});

describe('what becomes of a task when something is heard of it', () => {
  it.each<[sentence: string, task: Partial<Task>, event: TaskEvent, wanted: Decision['kind']]>([
    [
      'an acknowledgement starts a dispatched task',
      { status: 'DISPATCHED' },
      { kind: 'started', evidence: { workerId: WORKER }, heldMs: 0 },
      'start',
    ],
    [
      'a second one changes nothing',
      {},
      { kind: 'started', evidence: { workerId: WORKER }, heldMs: 0 },
      'ignore',
    ],
    [
      'one of another worker is stale',
      { status: 'DISPATCHED' },
      { kind: 'started', evidence: { workerId: trustedWorkerId('w-2') }, heldMs: 0 },
      'stale',
    ],
    [
      'success of the current attempt completes it',
      {},
      { kind: 'succeeded', evidence: { attemptId: CURRENT } },
      'succeed',
    ],
    [
      'success of an older attempt is stale',
      {},
      { kind: 'succeeded', evidence: { attemptId: OLDER } },
      'stale',
    ],
    ['success without identity completes it', {}, { kind: 'succeeded', evidence: {} }, 'succeed'],
    [
      'the latest attempt completes it even while it backs off',
      { status: 'WAITING' },
      { kind: 'succeeded', evidence: { attemptId: CURRENT } },
      'succeed',
    ],
    [
      'the latest attempt completes it after its worker was declared lost',
      { status: 'PENDING' },
      { kind: 'succeeded', evidence: { workerId: WORKER } },
      'succeed',
    ],
    [
      'a matching echo of dispatched_at is the current attempt',
      {},
      { kind: 'succeeded', evidence: { dispatchedAt: formatTime(1_700_000_000_123_456) } },
      'succeed',
    ],
    [
      'an echo one microsecond off is another attempt',
      {},
      { kind: 'succeeded', evidence: { dispatchedAt: formatTime(1_700_000_000_123_455), workerId: WORKER } },
      'stale',
    ],
    ['a failure with retries left backs off', {}, failed({ workerId: WORKER }), 'back_off'],
    ['running out of time with retries left backs off', {}, timedOut(CURRENT), 'back_off'],
    ['running out of time with none left fails it', { retries: 3 }, timedOut(CURRENT), 'fail'],
    ["an earlier attempt's time does not matter", {}, timedOut(OLDER), 'stale'],
    ['a task in the queue has no time to run out of', { status: 'PENDING' }, timedOut(CURRENT), 'ignore'],
    ['a failure with none left is final', { retries: 3 }, failed({ workerId: WORKER }), 'fail'],
    ['a failure without identity says nothing', {}, failed({}), 'stale'],
    [
      'a failure after the task went back to the queue says nothing',
      { status: 'PENDING' },
      failed({ workerId: WORKER }),
      'ignore',
    ],
    [
      'a lost worker sends it out again',
      {},
      { kind: 'lost', evidence: { workerId: WORKER }, cause: 'silent', why: 'gone' },
      'requeue',
    ],
    [
      'one loss too many is poison',
      { losses: MAX_LOSSES },
      { kind: 'lost', evidence: { workerId: WORKER }, cause: 'silent', why: 'gone' },
      'fail',
    ],
    [
      'an undelivered message goes back',
      { status: 'DISPATCHED' },
      { kind: 'undelivered', evidence: { attemptId: CURRENT }, why: 'silent' },
      'requeue',
    ],
    [
      'a running task was delivered',
      {},
      { kind: 'undelivered', evidence: { attemptId: CURRENT }, why: 'silent' },
      'ignore',
    ],
    ['a retry that is due is placeable', { status: 'WAITING' }, { kind: 'due' }, 'requeue'],
    ['a cancellation ends what runs', {}, { kind: 'cancelled', reason: 'asked to' }, 'cancel'],
  ])('%s', (_, change, event, wanted) => {
    expect(kindOf(aStoredTask(change), event)).toBe(wanted);
  });

  it.each<TaskStatus>(['DONE', 'FAILED', 'CANCELLED'])('%s absorbs everything', (status) => {
    const evidence = { attemptId: CURRENT };
    const events: TaskEvent[] = [
      { kind: 'started', evidence, heldMs: 0 },
      { kind: 'succeeded', evidence },
      failed(evidence),
      { kind: 'undelivered', evidence, why: '' },
      { kind: 'lost', evidence, cause: 'silent', why: '' },
      { kind: 'due' },
      { kind: 'doomed', error: '', reason: '' },
      { kind: 'cancelled', reason: '' },
    ];
    for (const event of events)
      expect(kindOf(aStoredTask({ status, retries: 3, losses: 9 }), event)).toBe('ignore');
  });

  it('backs off within the doubled base, capped, with full jitter', () => {
    const decision = decide(aStoredTask({ retries: 2 }), failed({ workerId: WORKER }));
    expect(decision).toEqual({
      kind: 'back_off',
      delaySec: 0.5 * 5 * 4,
      error: 'out of memory',
      heard: true,
    });
    const late = decide(
      aStoredTask({ retries: 29, retry: { maxRetries: 30, baseDelaySec: 5, maxDelaySec: 300 } }),
      failed({ workerId: WORKER }),
    );
    expect(late).toMatchObject({ delaySec: 150 });
  });

  it('tells a person how a lost race for a status came about', () => {
    for (const status of TASK_STATUSES.filter((s) => s !== 'DISPATCHED')) {
      const decision = decide(aStoredTask({ status }), {
        kind: 'started',
        evidence: { attemptId: CURRENT },
        heldMs: 0,
      });
      expect(decision).toMatchObject({ kind: 'ignore', why: expect.stringContaining(status) as string });
    }
  });
});
