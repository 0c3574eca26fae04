/** Settings of what holds when something fails: Redis, a replica, a worker, the disk, too many clients. */
import { SchedulingSettings } from './scheduling-settings';
import { Setting } from './setting';
import {
  byteCount,
  DAY_SEC,
  hidden,
  oneOf,
  optional,
  seconds,
  secondsByName,
  textLike,
  wholeNumber,
  yesOrNo,
} from './setting-kinds';

export type UnknownOutcome = 'rerun' | 'done' | 'fail';

const FAULTS = 'Faults and limits of load';

export class ReliabilitySettings extends SchedulingSettings {
  @Setting({
    env: 'LEADER_LEASE_SEC',
    kind: seconds({ min: 0.3, max: 3600 }),
    default: '3',
    group: FAULTS,
    doc: 'For how long, in seconds, the one replica that schedules may be silent before another takes over.',
  })
  readonly leaderLeaseSec!: number;

  @Setting({
    env: 'UNKNOWN_OUTCOME',
    kind: oneOf({ RERUN: 'rerun', DONE: 'done', FAIL: 'fail' }),
    default: 'rerun',
    group: FAULTS,
    doc: 'What becomes of a task whose worker is done with it although nobody heard how it ended and no result is stored: run it again (counted as a loss), take it as done, or as failed.',
  })
  readonly unknownOutcome!: UnknownOutcome;

  @Setting({
    env: 'TASK_TIMEOUTS',
    kind: secondsByName(),
    default: '',
    group: FAULTS,
    doc: 'How long, in seconds, an attempt may take, for each task type whose documents name no `spec.timeoutSec`, such as `inference=600,sft=86400`. `*` stands for every other type. Empty: as long as it takes.',
  })
  readonly taskTimeoutsSec!: ReadonlyMap<string, number>;

  @Setting({
    env: 'MAX_OPEN_TASKS',
    kind: wholeNumber({ min: 1 }),
    default: '1_000_000',
    group: FAULTS,
    doc: 'The most tasks that are not at their end. A document that would go beyond is answered 429.',
  })
  readonly maxOpenTasks!: number;

  @Setting({
    env: 'RATE_LIMIT_PER_SEC',
    kind: wholeNumber({ min: 0 }),
    default: '0',
    group: FAULTS,
    doc: 'The most submissions that all replicas together take within a second. Beyond, they are answered 429. 0: no limit.',
  })
  readonly rateLimitPerSec!: number;

  @Setting({
    env: 'SPOOL_MAX_BYTES',
    kind: byteCount({ min: 0 }),
    default: '53_687_091_200',
    group: FAULTS,
    doc: 'How many bytes of results and files are kept for later while Redis does not answer. Beyond, they are answered 503.',
  })
  readonly spoolMaxBytes!: number;

  @Setting({
    env: 'REQUIRE_DURABLE_REDIS',
    kind: yesOrNo(),
    default: 'false',
    group: FAULTS,
    doc: 'Whether to refuse to start on a Redis that may drop keys (`maxmemory-policy` other than `noeviction`) or forgets them with a restart (no persistence). When such a one takes the place of a good one later, the replica is not ready until that is over. `false` warns.',
  })
  readonly requireDurableRedis!: boolean;

  @Setting({
    env: 'REDIS_SENTINEL_PASSWORD',
    kind: optional(hidden(textLike(/^.+$/s, 'a password'))),
    default: null,
    defaultText: 'none',
    group: FAULTS,
    doc: 'The password of the sentinels themselves, when `REDIS_URL` lists sentinels and they ask for one.',
  })
  readonly redisSentinelPassword!: string | null;

  @Setting({
    env: 'SHUTDOWN_DRAIN_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '3',
    group: FAULTS,
    doc: 'How long, in seconds, new connections are still taken after SIGTERM, since load balancers notice late that a replica is not ready any more. Part of the grace.',
  })
  readonly shutdownDrainSec!: number;
}
