/** Settings of scheduling: how long workers are waited for, and how tasks are tried again. */
import { ServiceSettings } from './service-settings';
import { Setting } from './setting';
import { DAY_SEC, oneNumberOf, seconds, wholeNumber } from './setting-kinds';
import { IsAtLeast } from './setting-rules';

const WORKERS = 'Workers and scheduling';
const RETRIES = 'Retries';

/** The interval becomes a step in the seconds of a cron expression: another one would limp at each full minute. */
const SWEEP_INTERVALS_SEC = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

export class SchedulingSettings extends ServiceSettings {
  @Setting({
    env: 'HEARTBEAT_TTL_SEC',
    kind: seconds({ min: 0.1, max: DAY_SEC }),
    default: '120',
    group: WORKERS,
    doc: 'A worker without a heartbeat for this many seconds is lost: its task goes out again.',
  })
  readonly heartbeatTtlSec!: number;

  @Setting({
    env: 'SWEEP_INTERVAL_SEC',
    kind: oneNumberOf(SWEEP_INTERVALS_SEC, 'a whole number of seconds that divides a minute'),
    default: '5',
    group: WORKERS,
    doc: 'How often, in whole seconds, the sweeper looks for what no event told: lost workers, dispatches without an answer, stored results.',
  })
  readonly sweepIntervalSec!: number;

  @Setting({
    env: 'ACK_TIMEOUT_SEC',
    kind: seconds({ min: 0.01, max: DAY_SEC }),
    default: '15',
    group: WORKERS,
    doc: 'How long, in seconds, a task may stay sent without a sign from its worker before the dispatch counts as undelivered.',
  })
  readonly ackTimeoutSec!: number;

  @Setting({
    env: 'PROVING_TIMEOUT_SEC',
    kind: seconds({ min: 0.01, max: DAY_SEC }),
    default: '2',
    group: WORKERS,
    doc: 'The same for a worker that has acknowledged nothing since it registered, and so may not listen yet.',
  })
  readonly provingTimeoutSec!: number;

  @Setting({
    env: 'PROVING_REST_MAX_SEC',
    kind: seconds({ min: 0.01, max: DAY_SEC }),
    default: '15',
    group: WORKERS,
    doc: 'The longest rest, in seconds, of a worker that did not acknowledge; rests double from 1 second on.',
  })
  readonly provingRestMaxSec!: number;

  @Setting({
    env: 'PRIORITY_AGING_SEC',
    kind: seconds({ min: 0.01 }),
    default: '60',
    group: WORKERS,
    doc: 'Waiting this many seconds weighs as much as one step of priority.',
  })
  readonly priorityAgingSec!: number;

  @Setting({
    env: 'IDLE_GRACE_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '60',
    group: WORKERS,
    doc: 'A worker that still says RUNNING this many seconds after its task was heard to end is taken as free.',
  })
  readonly idleGraceSec!: number;

  @Setting({
    env: 'UNREGISTER_GRACE_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '2',
    group: WORKERS,
    doc: 'How long, in seconds, the result of a worker that unregistered is waited for before its task goes out again.',
  })
  readonly unregisterGraceSec!: number;

  @Setting({
    env: 'RECOVERY_GRACE_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '45',
    group: WORKERS,
    doc: 'For how long, in seconds, after a start, a reconnect or a gap in sweeping (over 30 s, or twice the sweep interval) no worker is declared lost for its silence.',
  })
  readonly recoveryGraceSec!: number;

  @Setting({
    env: 'MAX_AUTO_SHARDS',
    kind: wholeNumber({ min: 1, max: 1000 }),
    default: '8',
    group: WORKERS,
    doc: 'The most shards of a data-parallel task that names no `max_shards`.',
  })
  readonly maxAutoShards!: number;

  @Setting({
    env: 'RESULT_WAIT_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '5',
    group: WORKERS,
    doc: "How long, in seconds, a task that uses a dependency's result waits for it once the dependency is done.",
  })
  readonly resultWaitSec!: number;

  @Setting({
    env: 'MAX_RETRIES',
    kind: wholeNumber({ min: 0, max: 1000 }),
    default: '3',
    group: RETRIES,
    doc: 'How often a task that failed is tried again, unless its document says otherwise.',
  })
  readonly maxRetries!: number;

  @Setting({
    env: 'RETRY_BASE_DELAY_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '5',
    group: RETRIES,
    doc: 'The bound, in seconds, of the random delay before the first retry; it doubles with each further one.',
  })
  readonly retryBaseDelaySec!: number;

  @IsAtLeast('retryBaseDelaySec')
  @Setting({
    env: 'RETRY_MAX_DELAY_SEC',
    kind: {
      ...seconds({ min: 0, max: DAY_SEC }),
      expected: `a number of seconds from RETRY_BASE_DELAY_SEC to ${String(DAY_SEC)}`,
    },
    default: '300',
    group: RETRIES,
    doc: 'The bound, in seconds, beyond which that delay does not grow.',
  })
  readonly retryMaxDelaySec!: number;
}
