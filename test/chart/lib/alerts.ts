/** For each alert of the chart, series under which it fires after half an hour, and series under which it does not. */

/** Values of a series, minute by minute, in promtool's notation: `0+1x30` is 0, 1, … 30. */
export type Series = Readonly<Record<string, string>>;

export interface AlertCase {
  fires: Series | readonly Series[];
  quiet: Series | readonly Series[];
}

export const JOB = 'job="ml-results",namespace="ml"';
export const series = (name: string, labels = ''): string =>
  `${name}{${JOB}${labels === '' ? '' : `,${labels}`}}`;
const own = (name: string, labels = ''): string => series(`orchestrator_${name}`, labels);

const STEADY = '1x40';
const NEVER = '0x40';
const http = (suffix: string, labels: string): string =>
  own(`http_request_duration_seconds_${suffix}`, labels);
const submit = 'method="POST",route="/api/v1/tasks"';
const volume = (name: string, claim: string): string =>
  `kubelet_volume_stats_${name}_bytes{namespace="ml",persistentvolumeclaim="${claim}"}`;

/** A counter that stands at 0 and then rises by `step` a minute. */
const rising = (step: number): string => `0+${String(step)}x40`;

/** Tasks wait, and nothing has been sent for long. */
const STANDING: Series = {
  [own('queued_tasks', 'gpu="1xa100"')]: '5x40',
  [own('placeable_tasks')]: NEVER,
  [own('task_dispatches_total')]: '9x40',
};

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  OrchestratorGone: {
    fires: { [series('up', 'pod="a"')]: NEVER },
    quiet: { [series('up', 'pod="a"')]: NEVER, [series('up', 'pod="b"')]: STEADY },
  },
  OrchestratorReplicaDown: {
    fires: { [series('up', 'pod="a"')]: NEVER, [series('up', 'pod="b"')]: STEADY },
    quiet: { [series('up', 'pod="a"')]: STEADY },
  },
  OrchestratorNobodySchedules: {
    fires: { [own('leader', 'pod="a"')]: NEVER, [own('leader', 'pod="b"')]: NEVER },
    quiet: { [own('leader', 'pod="a"')]: NEVER, [own('leader', 'pod="b"')]: STEADY },
  },
  OrchestratorTwoSchedule: {
    fires: { [own('leader', 'pod="a"')]: STEADY, [own('leader', 'pod="b"')]: STEADY },
    quiet: { [own('leader', 'pod="a"')]: NEVER, [own('leader', 'pod="b"')]: STEADY },
  },
  OrchestratorRedisLostWrites: {
    fires: { [own('redis_lost_writes_total')]: '0x25 1x15' },
    quiet: { [own('redis_lost_writes_total')]: '3x40' },
  },
  OrchestratorResultsKept: {
    fires: { [own('spool_entries', 'pod="a"')]: '7x40', [own('spool_entries', 'pod="b"')]: '7x40' },
    quiet: { [own('spool_entries', 'pod="a"')]: '0x27 7x2 0x11' },
  },
  OrchestratorKeptRejected: {
    fires: { [own('spool_rejected_total', 'kind="result"')]: '0x10 1x30' },
    quiet: { [own('spool_rejected_total', 'kind="result"')]: NEVER },
  },
  OrchestratorQueueStands: {
    fires: [
      // Workers that fit are free.
      {
        ...STANDING,
        [own('placeable_tasks')]: '2x40',
        [own('workers', 'state="free"')]: '2x40',
        [own('workers', 'state="busy"')]: '3x40',
      },
      // There are workers, and none can be sent anything; or there are none.
      { ...STANDING, [own('workers', 'state="stale"')]: '2x40', [own('workers', 'state="busy"')]: NEVER },
      STANDING,
    ],
    quiet: [
      {
        ...STANDING,
        [own('placeable_tasks')]: '5x40',
        [own('task_dispatches_total')]: rising(1),
      },
      // Workers of another kind are free, and all that fit are busy, or there are none of them.
      { ...STANDING, [own('workers', 'state="free"')]: '2x40', [own('workers', 'state="busy"')]: '3x40' },
      { ...STANDING, [own('workers', 'state="free"')]: '2x40' },
      // All are busy, with what takes long.
      { ...STANDING, [own('workers', 'state="free"')]: NEVER, [own('workers', 'state="busy"')]: '3x40' },
      { ...STANDING, [own('workers', 'state="busy"')]: '3x40' },
    ],
  },
  OrchestratorTasksUnplaceable: {
    // Others are sent meanwhile.
    fires: {
      [own('unplaceable_tasks', 'gpu="8xh200"')]: '1x40',
      [own('unplaceable_tasks', 'gpu="none"')]: NEVER,
      [own('task_dispatches_total')]: rising(9),
    },
    quiet: [
      { [own('unplaceable_tasks', 'gpu="none"')]: NEVER },
      // Their worker came after a quarter of an hour, and then others waited.
      {
        [own('unplaceable_tasks', 'gpu="1xa100"')]: '3x15 0x25',
        [own('unplaceable_tasks', 'gpu="8xh200"')]: '0x20 1x20',
      },
    ],
  },
  OrchestratorTasksFail: {
    fires: {
      [own('tasks_ended_total', 'status="FAILED"')]: rising(2),
      [own('tasks_ended_total', 'status="DONE"')]: rising(4),
    },
    quiet: {
      [own('tasks_ended_total', 'status="FAILED"')]: rising(2),
      [own('tasks_ended_total', 'status="DONE"')]: rising(40),
    },
  },
  OrchestratorWorkersLost: {
    fires: {
      [own('task_losses_total', 'cause="silent"')]: rising(1),
      [own('task_losses_total', 'cause="removed"')]: NEVER,
    },
    quiet: {
      [own('task_losses_total', 'cause="silent"')]: '0x20 2x20',
      [own('task_losses_total', 'cause="restarted"')]: '0x20 2x20',
    },
  },
  OrchestratorDispatchesUnheard: {
    fires: {
      [own('dispatch_undelivered_total', 'reason="no_receiver"')]: rising(5),
      [own('task_dispatches_total')]: rising(6),
    },
    quiet: {
      [own('dispatch_undelivered_total', 'reason="no_receiver"')]: rising(1),
      [own('task_dispatches_total')]: rising(300),
    },
  },
  OrchestratorOutcomesUnknown: {
    fires: { [own('unknown_outcomes_total')]: '0x10 1x30' },
    quiet: { [own('unknown_outcomes_total')]: '4x40' },
  },
  OrchestratorEventsNotUnderstood: {
    fires: { [own('undecodable_events_total', 'channel="tasks.events"')]: rising(2) },
    quiet: { [own('undecodable_events_total', 'channel="tasks.events"')]: '0x20 3x20' },
  },
  OrchestratorServerErrors: {
    fires: {
      [http('count', `${submit},status="503"`)]: rising(10),
      [http('count', `${submit},status="201"`)]: rising(90),
    },
    // A probe that says "not ready" is no failed request.
    quiet: {
      [http('count', 'method="GET",route="/readyz",status="503"')]: rising(90),
      [http('count', `${submit},status="201"`)]: rising(10),
    },
  },
  OrchestratorSubmitsSlowly: {
    fires: {
      [http('bucket', `${submit},status="201",le="1"`)]: rising(90),
      [http('bucket', `${submit},status="201",le="2.5"`)]: rising(100),
      [http('bucket', `${submit},status="201",le="+Inf"`)]: rising(100),
    },
    quiet: {
      [http('bucket', `${submit},status="201",le="1"`)]: rising(1000),
      [http('bucket', `${submit},status="201",le="+Inf"`)]: rising(1001),
    },
  },
  OrchestratorEventLoopLags: {
    fires: { [series('nodejs_eventloop_lag_p99_seconds', 'pod="a"')]: '0.7x40' },
    quiet: { [series('nodejs_eventloop_lag_p99_seconds', 'pod="a"')]: '0.02x40' },
  },
  OrchestratorVolumeFills: {
    fires: {
      [own('results_volume_free_bytes', 'pod="a"')]: '9x40',
      [own('results_volume_size_bytes', 'pod="a"')]: '100x40',
    },
    quiet: {
      [own('results_volume_free_bytes', 'pod="a"')]: '11x40',
      [own('results_volume_size_bytes', 'pod="a"')]: '100x40',
    },
  },
  OrchestratorRedisVolumeFills: {
    fires: {
      [volume('available', 'data-ml-redis-0')]: '20x40',
      [volume('capacity', 'data-ml-redis-0')]: '100x40',
    },
    quiet: {
      [volume('available', 'data-ml-redis-0')]: '30x40',
      [volume('capacity', 'data-ml-redis-0')]: '100x40',
    },
  },
};
