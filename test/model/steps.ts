/** What may happen in a history: plain values, drawn at random. Whom a step is about is chosen when it is taken. */
import fc from 'fast-check';
import type { TaskEventKind } from '../../src/core/lifecycle/decide';
import type { ScriptName } from '../../src/redis/script-contracts';

/** Picks from the candidates at the time; the first for 0, so that shrinking leads to it. */
type Pick = number;

const EVIDENCE = ['attempt', 'echo', 'worker', 'nobody', 'older_attempt', 'other_worker'] as const;
const OF_ATTEMPTS = [
  'started',
  'started',
  'succeeded',
  'failed',
  'undelivered',
  'lost',
  'timed_out',
  'due',
] as const satisfies readonly TaskEventKind[];
const ENDS = ['doomed', 'cancelled'] as const satisfies readonly TaskEventKind[];
const WORKER_DOES = [
  'starts',
  'starts',
  'is seen again',
  'stops',
  'falls silent',
  'falls silent',
  'beats',
  'beats',
  'says IDLE',
  'says RUNNING',
  'is observed',
  'is observed and excused',
  'is removed',
  'is restored',
  'is remembered',
] as const;
const DIRECT = [
  'start',
  'succeed',
  'back_off',
  'due',
  'undelivered',
  'lost',
  'fail',
  'cancel',
  'attach',
  'upload',
  'explain',
] as const;

const RESENT = [
  'dispatch-task',
  'dispatch-task',
  'submit-run',
  'split-task',
  'start-task',
  'complete-task',
  'attach-result',
  'note-upload',
  'requeue-task',
  'back-off-task',
  'abort-task',
  'begin-deletion',
  'forget-task',
  'note-size',
  'register-worker',
  'remove-worker',
  'restore-worker',
  'lead',
] as const satisfies readonly ScriptName[];

/** `wild`: about any task, not about one that it fits. `late`: a backoff that is not over at once. */
export interface Voice {
  event: (typeof OF_ATTEMPTS)[number] | (typeof ENDS)[number];
  task: Pick;
  wild: boolean;
  evidence: (typeof EVIDENCE)[number];
  late: boolean;
  replica: Pick;
}

export interface Steps {
  submit: {
    shape: 'single' | 'chain' | 'diamond';
    /** Tasks of earlier runs that its first task waits for. */
    after: Pick[];
    timeout: boolean;
    maxRetries: number;
    room: 'plenty' | 'just enough' | 'one too few';
    key: 'none' | 'own' | 'again' | 'for another';
    nth: Pick;
  };
  dispatch: {
    task: Pick;
    wild: boolean;
    worker: Pick;
    outdated: boolean;
    restarted: boolean;
    deaf: boolean;
    replica: Pick;
  };
  split: { task: Pick; into: number; replica: Pick };
  hear: Voice;
  /** Both read before either commits. */
  hear_two_at_once: { first: Voice; second: Voice };
  /** A result is stored: the task is done by it, or gets it late. */
  result: { task: Pick; wild: boolean; evidence: Voice['evidence']; other: boolean; replica: Pick };
  aggregate: { task: Pick; replica: Pick };
  deliver: { task: Pick };
  settle: { task: Pick };
  /** What is kept of ended tasks. `wild`: of any task. */
  retention: {
    does: 'deletes' | 'clears the disk' | 'forgets' | 'measures' | 'indexes' | 'looks';
    task: Pick;
    wild: boolean;
    settled: boolean;
    byRequest: boolean;
    replica: Pick;
  };
  worker: { does: (typeof WORKER_DOES)[number]; worker: Pick };
  /** Time that passes: a backoff, a rest, the grace for an IDLE that got lost. */
  pass: { what: 'backoff' | 'rest' | 'grace'; of: Pick };
  /** A script with a reading that may be outdated, or that never was. */
  direct: {
    script: (typeof DIRECT)[number];
    task: Pick;
    status: Pick;
    attempt: Pick;
    result: boolean;
    heard: boolean;
    as: 'leader' | 'deposed' | 'anybody';
  };
  /** A call whose answer was lost is sent again, as it was. */
  resend: { script: (typeof RESENT)[number]; back: Pick };
  leadership: { does: 'stands' | 'resigns' | 'loses its lease'; replica: Pick };
  snapshot: object;
  fail_over: object;
}
export type Step = { [K in keyof Steps]: { kind: K } & Steps[K] }[keyof Steps];

const repeat = <T extends string>(value: T, times: number): T[] => Array<T>(times).fill(value);
const some = fc.nat({ max: 11 });
const seldom = fc.nat({ max: 19 }).map((n) => n === 19);
const replica = fc.integer({ min: 0, max: 11 });
const eitherReplica = fc.nat({ max: 1 });
const voice: fc.Arbitrary<Voice> = fc.record({
  event: fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...OF_ATTEMPTS) },
    { weight: 1, arbitrary: fc.constantFrom(...ENDS) },
  ),
  task: some,
  wild: seldom,
  evidence: fc.constantFrom('attempt', ...EVIDENCE),
  late: fc.boolean(),
  replica,
});

const arbitraries: { [K in keyof Steps]: { weight: number; of: fc.Arbitrary<Steps[K]> } } = {
  submit: {
    weight: 6,
    of: fc.record({
      shape: fc.constantFrom('single', 'chain', 'diamond'),
      after: fc.array(some, { maxLength: 2 }),
      timeout: fc.boolean(),
      maxRetries: fc.nat({ max: 2 }),
      room: fc.constantFrom(...repeat('plenty', 8), 'just enough', 'one too few'),
      key: fc.constantFrom(...repeat('none', 4), ...repeat('own', 4), 'again', 'for another'),
      nth: some,
    }),
  },
  dispatch: {
    weight: 26,
    of: fc.record({
      task: some,
      wild: seldom,
      worker: some,
      outdated: seldom,
      restarted: seldom,
      deaf: seldom,
      replica,
    }),
  },
  split: { weight: 4, of: fc.record({ task: some, into: fc.integer({ min: 1, max: 3 }), replica }) },
  hear: { weight: 26, of: voice },
  hear_two_at_once: { weight: 4, of: fc.record({ first: voice, second: voice }) },
  result: {
    weight: 7,
    of: fc.record({
      task: some,
      wild: fc.boolean(),
      evidence: fc.constantFrom('attempt', ...EVIDENCE),
      other: fc.boolean(),
      replica,
    }),
  },
  aggregate: { weight: 2, of: fc.record({ task: some, replica }) },
  deliver: { weight: 1, of: fc.record({ task: some }) },
  settle: { weight: 1, of: fc.record({ task: some }) },
  retention: {
    weight: 8,
    of: fc.record({
      does: fc.constantFrom(
        ...repeat('deletes', 4),
        ...repeat('clears the disk', 2),
        ...repeat('forgets', 2),
        'measures',
        'indexes',
        'looks',
      ),
      task: some,
      wild: seldom,
      settled: fc.boolean(),
      byRequest: fc.boolean(),
      replica,
    }),
  },
  worker: { weight: 13, of: fc.record({ does: fc.constantFrom(...WORKER_DOES), worker: some }) },
  pass: { weight: 6, of: fc.record({ what: fc.constantFrom('backoff', 'rest', 'grace'), of: some }) },
  direct: {
    weight: 8,
    of: fc.record({
      script: fc.constantFrom(...DIRECT),
      task: some,
      status: some,
      attempt: some,
      result: fc.boolean(),
      heard: fc.boolean(),
      as: fc.constantFrom('leader', 'deposed', 'anybody'),
    }),
  },
  resend: { weight: 8, of: fc.record({ script: fc.constantFrom(...RESENT), back: fc.nat({ max: 3 }) }) },
  leadership: {
    weight: 7,
    of: fc.record({
      does: fc.constantFrom(...repeat('stands', 10), 'resigns', 'loses its lease'),
      replica: eitherReplica,
    }),
  },
  snapshot: { weight: 2, of: fc.constant({}) },
  fail_over: { weight: 2, of: fc.constant({}) },
};

const anyStep = fc.oneof(
  ...Object.entries(arbitraries).map(([kind, { weight, of }]) => ({
    weight,
    arbitrary: (of as fc.Arbitrary<object>).map((step) => ({ kind, ...step }) as Step),
  })),
);

/** A task to begin with, and any number of steps: not mostly few, as lists are by default. */
export const histories: fc.Arbitrary<Step[]> = fc.noBias(
  fc
    .tuple(arbitraries.submit.of, fc.array(anyStep, { maxLength: 80, size: 'max' }))
    .map(([first, steps]) => [{ kind: 'submit', ...first }, ...steps]),
);
