import { aStoredTask } from '../../../test/helpers/stored-task';
import { trustedAttemptId, trustedRunId, trustedTaskId, trustedWorkerId, MULTI_WORKER } from '../ids';
import { decide, type TaskEvent } from '../lifecycle/decide';
import type { Task } from '../model';
import { endsShards, spanOfChange, waitSpan } from './task-spans';
import { placeOfAttempt, placeOfRun } from './run-trace';

const RUN = trustedRunId('0f8fad5b-d9cb-469f-a165-70867728950e');
const ATTEMPT = trustedAttemptId('attempt-2');
const START_US = 1_700_000_000_123_456;
const context = { isSampled: () => true, topic: 'tasks' };
const evidence = { attemptId: ATTEMPT };
const running = (change: Partial<Task> = {}): Task => aStoredTask({ runId: RUN, ...change });
const spent = { retry: { maxRetries: 0, baseDelaySec: 0, maxDelaySec: 0 } };
const changed = (task: Task, event: TaskEvent, endUs = START_US + 5) =>
  spanOfChange(task, event, decide(task, event), endUs, context);

describe('the span of an attempt', () => {
  const failed = { kind: 'failed', evidence, error: 'no memory', random: 0 } as const;
  const timedOut = { kind: 'timed_out', evidence, error: 'too long', random: 0 } as const;
  const lost = { kind: 'lost', evidence, cause: 'silent', why: 'no heartbeat' } as const;

  it.each<[string, Partial<Task>, TaskEvent, string, string | null]>([
    ['a result', {}, { kind: 'succeeded', evidence }, 'done', null],
    ['a failure', {}, failed, 'failed', 'no memory'],
    ['a failure for good', spent, failed, 'failed', 'no memory'],
    ['a deadline', {}, timedOut, 'timed_out', 'too long'],
    ['a deadline for good', spent, timedOut, 'timed_out', 'too long'],
    ['the loss of its worker', {}, lost, 'lost', 'no heartbeat'],
    [
      'silence',
      { status: 'DISPATCHED' },
      { kind: 'undelivered', evidence, why: 'nobody took it' },
      'undelivered',
      'nobody took it',
    ],
    ['a cancellation', {}, { kind: 'cancelled', reason: 'enough' }, 'cancelled', null],
  ])('ends with %s', (_what, change, event, outcome, message) => {
    const task = running(change);
    expect(changed(task, event)).toMatchObject({
      name: 'attempt echo',
      place: placeOfAttempt(task, ATTEMPT, () => true),
      parent: placeOfRun(task, () => true),
      startUs: START_US,
      endUs: START_US + 5,
      attributes: { 'orchestrator.attempt.outcome': outcome, 'orchestrator.worker.id': 'w-1' },
      error: message === null ? null : { type: outcome, message },
    });
  });

  it('never ends before it begins, whatever the clocks say', () => {
    expect(changed(running(), { kind: 'succeeded', evidence }, START_US - 1_000)).toMatchObject({
      startUs: START_US,
      endUs: START_US,
    });
  });

  it.each<[string, Partial<Task>, TaskEvent]>([
    ['its beginning', { status: 'DISPATCHED' }, { kind: 'started', evidence, heldMs: 0 }],
    ['the end of a pause', { status: 'WAITING' }, { kind: 'due' }],
    ['a late result, after its attempt ended', { status: 'WAITING' }, { kind: 'succeeded', evidence }],
    [
      'the end of a parent, which holds no worker',
      { attemptId: null, dispatchedAtUs: null },
      { kind: 'cancelled', reason: '' },
    ],
  ])('does not end with %s', (_what, change, event) => {
    expect(changed(running(change), event)).toBeNull();
  });

  it('is not needed for a task to say that it failed', () => {
    const task = running({ status: 'PENDING', attemptId: null, dispatchedAtUs: null });
    expect(changed(task, { kind: 'doomed', error: 'no such key', reason: 'template' })).toMatchObject({
      name: 'fail echo',
      parent: placeOfRun(task, () => true),
      error: { type: 'template', message: 'no such key' },
    });
  });
});

describe('where a span stands', () => {
  it('is the same for whoever asks, in the trace that the run names', () => {
    const { place, parent } = changed(running(), { kind: 'succeeded', evidence })!;
    expect(place.traceId).toBe('0f8fad5bd9cb469fa16570867728950e');
    expect(place).toEqual(placeOfAttempt({ runId: RUN, clientTrace: null }, ATTEMPT, () => true));
    expect(place.spanId).toMatch(/^[0-9a-f]{16}$/);
    expect(place.spanId).not.toBe(parent?.spanId);
  });

  it('is in the trace of the client where it named one, and sampled as that is', () => {
    const clientTrace = { traceId: 'c'.repeat(32), spanId: 'd'.repeat(16), isSampled: false, state: 'a=1' };
    const isSampled = jest.fn((_: string, isParentSampled: boolean | null) => isParentSampled ?? true);
    expect(placeOfRun({ runId: RUN, clientTrace }, isSampled)).toMatchObject({
      traceId: clientTrace.traceId,
      isSampled: false,
      state: 'a=1',
    });
    expect(isSampled).toHaveBeenCalledWith(clientTrace.traceId, false);
  });
});

describe('the span of waiting', () => {
  const waited = (readyAtUs: number) =>
    waitSpan(
      running({ submittedAtUs: 100, attempt: 1 }),
      { attemptId: ATTEMPT, worker: trustedWorkerId('w'), dispatchedAtUs: 200, readyAtUs },
      context,
    );

  it.each([
    ['when it could be placed', 150, 150],
    ['when it was submitted, where clocks differ', 50, 100],
    ['when it was sent, where they differ the other way', 250, 200],
  ])('is from %s until its dispatch', (_when, readyAtUs, startUs) => {
    expect(waited(readyAtUs)).toMatchObject({
      startUs,
      endUs: 200,
      attributes: { 'orchestrator.attempt.number': 2, 'orchestrator.attempt.id': ATTEMPT },
    });
  });
});

describe('shards may end with', () => {
  const parent = { attemptWorker: MULTI_WORKER };
  const shard = { parentId: trustedTaskId('p') };
  it.each<[string, Partial<Task>, 'succeed' | 'cancel' | 'back_off', boolean]>([
    ['their parent, also when it succeeds', parent, 'succeed', true],
    ['a shard that is cancelled', shard, 'cancel', true],
    ['no shard that succeeds', shard, 'succeed', false],
    ['no shard that is tried again', shard, 'back_off', false],
    ['no other task', {}, 'cancel', false],
  ])('%s', (_what, change, kind, want) => {
    const decisions = {
      succeed: { kind: 'succeed', heard: true },
      cancel: { kind: 'cancel', reason: '' },
      back_off: { kind: 'back_off', delaySec: 1, error: '', heard: true },
    } as const;
    expect(endsShards(running(change), decisions[kind])).toBe(want);
  });
});
