/** Settings of the process itself: where it listens, what it reads and writes, and how it logs. */
import { resolve } from 'node:path';
import { Setting } from './setting';
import {
  byteCount,
  DAY_SEC,
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

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const SERVICE = 'Service';
const LOGGING = 'Logging';

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

export class ServiceSettings {
  @Setting({
    env: 'REDIS_URL',
    kind: redisUrl(),
    group: SERVICE,
    doc: 'The Redis server that workers use too: `redis://` or, over TLS, `rediss://`. Where sentinels watch over it, they are listed instead: `redis+sentinel://[user:password@]host:port,host:port/<master>/<db>`, or `rediss+sentinel://`; user and password are those of the server.',
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
    env: 'SHARED_QUIET_SEC',
    kind: seconds({ min: 0, max: DAY_SEC }),
    default: '30',
    group: SERVICE,
    doc: 'With shared storage: for how long, in seconds, a file must not have changed to be taken for whole while its task is not done. One that was written before its task was done is whole at once, one that was written after that after 2 s.',
  })
  readonly sharedQuietSec!: number;

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
    doc: 'The URL by which workers reach this service. While it is unset, a task whose shards would have to deliver their results here is only split over workers of this host, and files that templates name get the address at which the document delivers its results, if that is ours.',
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
}
