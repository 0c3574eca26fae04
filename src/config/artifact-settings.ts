/** Settings of where results and files are kept: on the local directory, or in object storage. */
import { Setting } from './setting';
import { httpUrl, optional, seconds, textLike, yesOrNo } from './setting-kinds';
import { TracingSettings } from './tracing-settings';

const STORAGE = 'Object storage';

/** The longest that a presigned URL can be good for: a week. */
const MAX_REDIRECT_SEC = 604_800;

export class ArtifactSettings extends TracingSettings {
  @Setting({
    env: 'ARTIFACT_STORE',
    kind: textLike(
      /^(?:local|s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:\/[A-Za-z0-9._-]+)*\/?)$/,
      'local, or s3://<bucket>/<prefix>',
    ),
    default: 'local',
    group: STORAGE,
    doc: 'Where results and files are kept: `local`, below ORCHESTRATOR_RESULTS_DIR, or `s3://<bucket>/<prefix>`, in object storage that speaks S3. Then that directory is only what a replica needs for what is on its way. Credentials are found as every AWS tool finds them, e.g. in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  })
  readonly artifactStore!: string;

  @Setting({
    env: 'ARTIFACT_REDIRECT',
    kind: yesOrNo(),
    default: 'false',
    group: STORAGE,
    doc: 'With object storage: downloads of files are answered by a redirect to a presigned URL of it, instead of going through this service. Clients must reach S3_ENDPOINT then.',
  })
  readonly artifactRedirect!: boolean;

  @Setting({
    env: 'ARTIFACT_REDIRECT_TTL_SEC',
    kind: seconds({ min: 1, max: MAX_REDIRECT_SEC }),
    default: '300',
    group: STORAGE,
    doc: 'How long, in seconds, such a URL is good for. A download that has begun goes on.',
  })
  readonly artifactRedirectTtlSec!: number;

  @Setting({
    env: 'S3_ENDPOINT',
    kind: optional(httpUrl()),
    default: null,
    defaultText: 'that of AWS',
    group: STORAGE,
    doc: 'The URL of the object storage.',
  })
  readonly s3Endpoint!: string | null;

  @Setting({
    env: 'S3_REGION',
    kind: optional(textLike(/^[a-z0-9-]+$/, 'the name of a region')),
    default: null,
    defaultText: 'AWS_REGION',
    group: STORAGE,
    doc: 'The region of the bucket. Other stores than AWS mostly take any.',
  })
  readonly s3Region!: string | null;

  @Setting({
    env: 'S3_FORCE_PATH_STYLE',
    kind: yesOrNo(),
    default: 'false',
    group: STORAGE,
    doc: 'The bucket is named in the path of URLs, not in their host: most stores other than AWS need that.',
  })
  readonly s3ForcePathStyle!: boolean;
}
