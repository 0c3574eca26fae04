/**
 * The configuration: every variable with its default, its bounds and its doc line, in one class that extends those of
 * the other groups. Nothing else reads the environment.
 */
import { Setting } from './setting';
import { byteCount, hidden, listLike, optional, seconds, textLike, wholeNumber } from './setting-kinds';
import { ArtifactSettings } from './artifact-settings';

const LIMITS = 'Limits';
const FILES = 'Signed URLs and delivery';

export class AppConfig extends ArtifactSettings {
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
  readonly maxDocumentTasks!: number;

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
    env: 'UPLOAD_EXPIRY_HOURS',
    kind: { ...wholeNumber({ min: 1, max: 8760 }), expected: 'a whole number of hours from 1 to 8760' },
    default: '24',
    group: LIMITS,
    doc: 'After how many hours without a byte a resumable upload is given up and what has come of it is removed.',
  })
  readonly uploadExpiryHours!: number;

  @Setting({
    env: 'UPLOAD_MAX_HOURS',
    kind: { ...wholeNumber({ min: 1, max: 8760 }), expected: 'a whole number of hours from 1 to 8760' },
    default: '168',
    group: LIMITS,
    doc: 'After how many hours since its beginning a resumable upload that is not finished is given up, also when it moves, and what has come of it is removed.',
  })
  readonly uploadMaxHours!: number;

  @Setting({
    env: 'MAX_OPEN_UPLOADS',
    kind: wholeNumber({ min: 1, max: 1_000_000 }),
    default: '1_000',
    group: LIMITS,
    doc: 'The most resumable uploads that are begun and not finished, on all replicas together. One more is answered 429.',
  })
  readonly maxOpenUploads!: number;

  @Setting({
    env: 'OPEN_UPLOADS_MAX_BYTES',
    kind: byteCount({ min: 0 }),
    default: '274_877_906_944',
    group: LIMITS,
    doc: 'The most bytes that open resumable uploads take together, on all replicas: the whole length of each, where it is known. What does not fit is answered 507. 0: no bound.',
  })
  readonly openUploadsMaxBytes!: number;

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
