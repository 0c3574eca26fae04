/** The configuration: every variable with its default, its bounds and its doc line. Nothing else reads the environment. */
import { resolve } from 'node:path';
import { Setting } from './setting';
import {
  byteCount,
  hidden,
  httpUrl,
  listLike,
  oneOf,
  optional,
  redisUrl,
  seconds,
  textLike,
  wholeNumber,
  type Kind,
} from './setting-kinds';
import { IsAtLeast } from './setting-rules';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const SERVICE = 'Service';
const LOGGING = 'Logging';
const WORKERS = 'Workers and scheduling';
const RETRIES = 'Retries';
const LIMITS = 'Limits';
const FILES = 'Signed URLs and delivery';

/** A day: no window of this service makes sense beyond it. */
const DAY_SEC = 86_400;

/** Visible ASCII without the comma that separates tokens: what fits into an Authorization header. */
const TOKEN = /^[!-+\--~]+$/;

const path: Kind = {
  ...textLike(/^[^\0]+$/, 'a path'),
  parse: (text) => resolve(text),
};

const channel = textLike(
  /^(?!(?:tasks|workers)\.events$)[!-~]{1,200}$/,
  'a channel name of up to 200 visible ASCII characters, other than tasks.events and workers.events',
);

export class AppConfig {
  @Setting({
    env: 'REDIS_URL',
    kind: redisUrl(),
    group: SERVICE,
    doc: 'The Redis server that workers use too: `redis://` or, over TLS, `rediss://`.',
  })
  readonly redisUrl!: string;

  @Setting({
    env: 'ORCHESTRATOR_TOKEN',
    kind: hidden(
      listLike(TOKEN, 'one or more comma-separated tokens of visible ASCII characters without spaces'),
    ),
    default: '',
    group: SERVICE,
    doc: 'The bearer token of the API. Several, separated by commas, are all taken, so that one can be replaced without a gap. Empty: the API is open.',
  })
  readonly tokens!: readonly string[];

  @Setting({
    env: 'ORCHESTRATOR_RESULTS_DIR',
    kind: path,
    default: './results_host',
    group: SERVICE,
    doc: 'Where results and uploaded files are kept. With shared storage, the directory that workers mount too.',
  })
  readonly resultsDir!: string;

  @Setting({
    env: 'HOST',
    kind: textLike(/^[A-Za-z0-9.:%_-]+$/, 'a host name or an address'),
    default: '0.0.0.0',
    group: SERVICE,
    doc: 'The address to listen on.',
  })
  readonly host!: string;

  @Setting({
    env: 'PORT',
    kind: wholeNumber({ min: 0, max: 65_535 }),
    default: '8000',
    group: SERVICE,
    doc: 'The port to listen on. 0 takes any free one, which no worker knows: for tests.',
  })
  readonly port!: number;

  @Setting({
    env: 'ORCHESTRATOR_BASE_URL',
    kind: httpUrl(),
    default: (texts) => `http://127.0.0.1:${(texts.get('PORT') ?? '').replaceAll('_', '')}`,
    defaultText: 'http://127.0.0.1:PORT',
    group: SERVICE,
    doc: 'The URL by which workers reach this service. While it is unset, a task whose shards would have to deliver their results here is only split over workers of this host.',
  })
  readonly baseUrl!: string;

  /** Whether ORCHESTRATOR_BASE_URL was given, and not merely derived from PORT. */
  readonly baseUrlIsSet!: boolean;

  @Setting({
    env: 'TASK_TOPIC',
    kind: channel,
    default: 'tasks',
    group: SERVICE,
    doc: 'The Redis channel on which tasks go out. Workers must be given the same.',
  })
  readonly taskTopic!: string;

  @Setting({
    env: 'SHUTDOWN_GRACE_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '20',
    group: SERVICE,
    doc: 'How long, in seconds, requests in flight may go on after SIGTERM or SIGINT.',
  })
  readonly shutdownGraceSec!: number;

  @Setting({
    env: 'LOG_LEVEL',
    kind: oneOf({ DEBUG: 'debug', INFO: 'info', WARNING: 'warn', ERROR: 'error' }),
    default: 'INFO',
    group: LOGGING,
    doc: 'The least level that is written, in any case. `DEBUG` shows each placement decision.',
  })
  readonly logLevel!: LogLevel;

  @Setting({
    env: 'LOG_FILE',
    kind: optional(path),
    default: 'orchestrator.log',
    emptyMeansNull: true,
    group: LOGGING,
    doc: 'The log file, beside standard output: a link to the newest of the rotated files `<name>.<n>.log`. Set to nothing: standard output alone.',
  })
  readonly logFile!: string | null;

  @Setting({
    env: 'LOG_MAX_BYTES',
    kind: byteCount({ min: 1 }),
    default: '5_242_880',
    group: LOGGING,
    doc: 'The size at which a new log file is begun.',
  })
  readonly logMaxBytes!: number;

  @Setting({
    env: 'LOG_BACKUP_COUNT',
    kind: wholeNumber({ min: 0, max: 10_000 }),
    default: '5',
    group: LOGGING,
    doc: 'How many log files are kept beside the newest.',
  })
  readonly logBackupCount!: number;

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
    kind: wholeNumber({ min: 1, max: 3600 }),
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
    default: '30',
    group: WORKERS,
    doc: 'After a start, or a gap in our own watch of this many seconds, no worker is declared lost for as long.',
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

  @Setting({
    env: 'DOCUMENT_MAX_BYTES',
    kind: byteCount({ min: 1, max: 64 * 1024 * 1024 }),
    default: '262_144',
    group: LIMITS,
    doc: 'The largest task document.',
  })
  readonly documentMaxBytes!: number;

  @Setting({
    env: 'MAX_DOCUMENT_TASKS',
    kind: wholeNumber({ min: 1, max: 100_000 }),
    default: '10_000',
    group: LIMITS,
    doc: 'The most tasks of one document.',
  })
  readonly maxNodes!: number;

  @Setting({
    env: 'MAX_MESSAGE_BYTES',
    kind: byteCount({ min: 1024, max: 32 * 1024 * 1024 }),
    default: '1_048_576',
    group: LIMITS,
    doc: 'The largest dispatch message. Redis cuts off every subscriber that falls 32 MiB behind.',
  })
  readonly maxMessageBytes!: number;

  @Setting({
    env: 'RESULT_MAX_BYTES',
    kind: byteCount({ min: 1 }),
    default: '1_073_741_824',
    group: LIMITS,
    doc: 'The largest result that is taken over HTTP.',
  })
  readonly resultMaxBytes!: number;

  @Setting({
    env: 'UPLOAD_MAX_BYTES',
    kind: byteCount({ min: 0 }),
    default: '0',
    group: LIMITS,
    doc: 'The largest file that is taken over HTTP. 0: no bound.',
  })
  readonly uploadMaxBytes!: number;

  @Setting({
    env: 'URL_SIGNING_SECRET',
    kind: optional(hidden(textLike(/^.{16,}$/s, 'at least 16 characters'))),
    default: null,
    defaultText: 'made once, kept in Redis',
    group: FILES,
    doc: 'The secret of signed file URLs. Replicas that do not share a Redis need the same.',
  })
  readonly urlSigningSecret!: string | null;

  @Setting({
    env: 'URL_TTL_SEC',
    kind: seconds({ min: 1 }),
    default: '86_400',
    group: FILES,
    doc: 'How long, in seconds, a signed file URL is good for.',
  })
  readonly urlTtlSec!: number;

  @Setting({
    env: 'DELIVERY_ALLOWED_HOSTS',
    kind: listLike(
      /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/i,
      'comma-separated host names or addresses, each with an optional :port',
    ),
    default: '',
    group: FILES,
    doc: 'The hosts to which the result of a task that was split may be delivered, separated by commas. Empty: none.',
  })
  readonly deliveryAllowedHosts!: readonly string[];
}
