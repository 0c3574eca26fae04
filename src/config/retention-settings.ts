/** Settings of what is deleted when: results and files of ended tasks, and their records. */
import { MAX_TTL_DAYS } from '../core/retention';
import { ReliabilitySettings } from './reliability-settings';
import { Setting } from './setting';
import { byteCount, DAY_SEC, days, seconds } from './setting-kinds';

const RETENTION = 'Retention';

export class RetentionSettings extends ReliabilitySettings {
  @Setting({
    env: 'RESULTS_TTL_DAYS',
    kind: days({ min: 0, max: MAX_TTL_DAYS }),
    default: '0',
    group: RETENTION,
    doc: 'For how many days after the end of a task its result and files are kept, where its document has no `spec.output.ttlDays`. 0: until somebody deletes them.',
  })
  readonly resultsTtlDays!: number;

  @Setting({
    env: 'ARTIFACT_QUOTA_BYTES',
    kind: byteCount({ min: 0 }),
    default: '0',
    group: RETENTION,
    doc: 'The most bytes that results and files of tasks may have together, with those of running tasks. Beyond, those of the tasks that ended first are deleted, also before their time; nothing is refused. 0: no bound.',
  })
  readonly artifactQuotaBytes!: number;

  @Setting({
    env: 'RECORDS_TTL_DAYS',
    kind: days({ min: 0, max: MAX_TTL_DAYS }),
    default: '0',
    group: RETENTION,
    doc: 'For how many days after its end the record of a task stays in Redis, and with it, at the longest, its result, unless `spec.output.ttlDays` gives that more. 0: for ever.',
  })
  readonly recordsTtlDays!: number;

  @Setting({
    env: 'RETENTION_INTERVAL_SEC',
    kind: seconds({ min: 0.1, max: DAY_SEC }),
    default: '60',
    group: RETENTION,
    doc: 'How often, in seconds, the replica that schedules looks for what is to be deleted.',
  })
  readonly retentionIntervalSec!: number;
}

/** Whether age or room bounds what is kept of all tasks. */
export function keepsWithinBounds(
  settings: Pick<RetentionSettings, 'resultsTtlDays' | 'artifactQuotaBytes' | 'recordsTtlDays'>,
): boolean {
  return settings.resultsTtlDays > 0 || settings.artifactQuotaBytes > 0 || settings.recordsTtlDays > 0;
}
