/** Everything that is counted and measured, by name. Labels take values from small closed sets only. */
import { Injectable } from '@nestjs/common';
import { LOSS_CAUSES } from '../core/lifecycle/decide';
import { DELETION_CAUSES, TERMINAL_STATUSES, type TerminalStatus } from '../core/model';
import { Instruments } from './instruments';

/** Seconds; requests last from a millisecond to a long upload. */
const REQUEST_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];

/** Seconds; a call of scripts takes from a fraction of a millisecond to a command's patience. */
const CALL_SECONDS = [0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.1, 0.5, 2.5, 5];

/** Seconds; tasks last from moments to days. */
const TASK_SECONDS = [0.005, 0.025, 0.1, 0.5, 2.5, 10, 60, 300, 1_800, 7_200, 28_800, 86_400];
/** Task types are named by documents. */
const MAX_TYPES = 50;

/** Why evidence did not count: about another attempt, about an ended task, about no task that is known. */
const STALE_EVIDENCE_KINDS = ['attempt', 'ended', 'unknown_task'] as const;
export type StaleEvidenceKind = (typeof STALE_EVIDENCE_KINDS)[number];
/** How an attempt ended. */
export type AttemptOutcome = 'done' | 'failed' | 'lost' | 'cancelled';
/** What became of a posted result. */
const RESULT_OUTCOMES = ['committed', 'duplicate', 'refused', 'unknown_task', 'invalid', 'spooled'] as const;
export type ResultOutcome = (typeof RESULT_OUTCOMES)[number];
/** What can be kept for later while the task store is away. */
const KEPT_KINDS = ['result', 'upload'] as const;
export type KeptKind = (typeof KEPT_KINDS)[number];
/** Why a dispatch ended without the worker taking the task. */
const UNDELIVERED_REASONS = ['no_receiver', 'not_acknowledged'] as const;
type UndeliveredReason = (typeof UNDELIVERED_REASONS)[number];
const EVENT_CHANNELS = ['tasks.events', 'workers.events'] as const;
type EventChannel = (typeof EVENT_CHANNELS)[number];

@Injectable()
export class Metrics extends Instruments {
  readonly tasksSubmitted = this.counter('tasks_submitted_total', 'Tasks registered by submissions.');
  readonly tasksEnded = this.counterBy(
    'tasks_ended_total',
    'Tasks that ended, by status.',
    'status',
    TERMINAL_STATUSES,
  );
  readonly taskDispatches = this.counter(
    'task_dispatches_total',
    'Dispatch messages sent, retries included.',
  );
  readonly taskRetries = this.counterBy(
    'task_retries_total',
    'Retries, by whether the worker reported a failure or the attempt ran out of time.',
    'cause',
    ['failed', 'timeout'],
  );
  readonly taskLosses = this.counterBy(
    'task_losses_total',
    'Tasks whose worker was lost, by how: silent, unregistered, restarted, removed, unheard.',
    'cause',
    LOSS_CAUSES,
  );
  readonly tasksSplit = this.counter('tasks_split_total', 'Tasks that were split into shards.');
  readonly tasksAggregated = this.counter('tasks_aggregated_total', 'Results put together from shards.');
  readonly dispatchUndelivered = this.counterBy(
    'dispatch_undelivered_total',
    'Dispatches that no worker took, by reason.',
    'reason',
    UNDELIVERED_REASONS,
  );
  readonly staleEvidence = this.counterBy(
    'stale_evidence_total',
    'Events and results that did not count, by kind.',
    'kind',
    STALE_EVIDENCE_KINDS,
  );
  readonly undecodableEvents = this.counterBy(
    'undecodable_events_total',
    'Messages on a channel that were not understood.',
    'channel',
    EVENT_CHANNELS,
  );
  readonly unknownOutcomes = this.counter(
    'unknown_outcomes_total',
    'Tasks whose worker is idle again without a word on how they ended.',
  );
  readonly resultsReceived = this.counterBy(
    'results_received_total',
    'Posted results, by what became of them.',
    'outcome',
    RESULT_OUTCOMES,
  );
  readonly filesReceived = this.counter('files_received_total', 'Uploaded files that were stored.');
  readonly fileBytesReceived = this.counter('file_bytes_received_total', 'Bytes of uploaded files stored.');
  readonly resultBytesReceived = this.counter(
    'result_bytes_received_total',
    'Bytes of results that tasks took, those put together from shards included.',
  );
  readonly resultsDeleted = this.counterBy(
    'results_deleted_total',
    'Tasks whose result and files were deleted, by cause.',
    'cause',
    DELETION_CAUSES,
  );
  readonly resultBytesDeleted = this.counterBy(
    'result_bytes_deleted_total',
    'Bytes of results and files that were removed from disk, by cause.',
    'cause',
    DELETION_CAUSES,
  );
  readonly recordsDeleted = this.counter('records_deleted_total', 'Records of tasks that were deleted.');
  readonly resultBytesStored = this.gauge(
    'result_bytes_stored',
    'Bytes of results and files, where ARTIFACT_QUOTA_BYTES bounds them.',
  );
  readonly retentionRun = this.gauge(
    'retention_run_timestamp_seconds',
    'When what was to be deleted was last looked for by this replica.',
  );
  readonly uploadsExpired = this.counter(
    'uploads_expired_total',
    'Resumable uploads that were given up and removed.',
  );
  readonly spoolEntries = this.gauge('spool_entries', 'Results and files kept until Redis answers again.');
  readonly spoolRejected = this.counterBy(
    'spool_rejected_total',
    'Kept results and files that did not belong to their task when they were judged, by kind.',
    'kind',
    KEPT_KINDS,
  );

  readonly taskTimeouts = this.counter('task_timeouts_total', 'Attempts that ran out of time.');
  readonly storeWentBack = this.counter(
    'redis_lost_writes_total',
    'Times that Redis came back without what was written last.',
  );
  readonly leader = this.gauge('leader', '1 while this replica schedules.');

  // Of the fleet as a whole: told by the replica that schedules alone, so that sums over replicas are right.
  readonly tasks = this.gauge<'state'>(
    'tasks',
    'Tasks that have not ended, by state: blocked by dependencies, ready, retrying (backing off), dispatched, running.',
    ['state'],
  );
  readonly workers = this.gauge<'state'>(
    'workers',
    'Registered workers, by state: free, busy, stale, starting, away (at something else, or resting).',
    ['state'],
  );
  readonly gpus = this.gauge<'type' | 'state'>(
    'gpus',
    'GPUs of registered workers that send heartbeats, by type, and whether their worker is free or used.',
    ['type', 'state'],
  );
  readonly queueDepth = this.gauge('queue_depth', 'Tasks that are ready and wait for a worker.');
  readonly placeableTasks = this.gauge(
    'placeable_tasks',
    'Tasks that are ready and wait although a free worker has all that they need.',
  );
  readonly unplaceableTasks = this.gauge<'gpu'>(
    'unplaceable_tasks',
    'Tasks that are ready and wait, for which no registered worker has all that they need, by the GPUs that they ask for.',
    ['gpu'],
  );
  readonly oldestWait = this.gauge(
    'oldest_wait_seconds',
    'How long the task has waited that waits longest for a worker, since this replica schedules.',
  );
  readonly queuedTasksByNeeds = this.gauge<'needs'>(
    'queued_tasks_by_needs',
    'Tasks that are ready and wait for a worker, by what they need of one.',
    ['needs'],
  );
  readonly queuedTasks = this.gauge<'gpu'>(
    'queued_tasks',
    'Tasks that are ready and wait for a worker, by the GPUs that they ask for; from the replica that schedules.',
    ['gpu'],
  );
  readonly busyWorkers = this.gauge<'gpu'>(
    'busy_workers',
    'Workers that hold a task, by the GPUs that they have; from the replica that schedules.',
    ['gpu'],
  );

  readonly taskQueueTime = this.histogram(
    'task_queue_seconds',
    'From when a task could be placed until it was sent to a worker.',
    TASK_SECONDS,
  );
  readonly taskAcknowledgement = this.histogram(
    'task_acknowledgement_seconds',
    'From when an attempt was sent until its worker said that it had begun.',
    TASK_SECONDS,
  );
  readonly taskDuration = this.histogram<'type' | 'outcome'>(
    'task_duration_seconds',
    'From when an attempt was sent to its worker until it ended, by task type and outcome.',
    TASK_SECONDS,
    ['type', 'outcome'],
  );
  readonly redisRoundTrip = this.histogram(
    'redis_round_trip_seconds',
    'Until Redis answered, sampled at each request for the lease on scheduling.',
    REQUEST_SECONDS,
  );
  readonly scriptCall = this.histogram(
    'redis_script_call_seconds',
    'Until Redis answered a call of scripts, which those share that are asked for at one time.',
    CALL_SECONDS,
  );
  readonly traceSpans = this.counterBy(
    'trace_spans_total',
    'Spans of traces, by whether the collector took them: sent, lost.',
    'outcome',
    ['sent', 'lost'],
  );
  readonly volumeSize = this.gauge('results_volume_size_bytes', 'Size of the volume with the results.');
  readonly volumeFree = this.gauge('results_volume_free_bytes', 'What is free on it for this process.');
  readonly schedulingCycle = this.histogram(
    'scheduling_cycle_seconds',
    'Time of one round of placing and sending tasks.',
    REQUEST_SECONDS,
  );
  readonly httpRequestDuration = this.histogram<'method' | 'route' | 'status'>(
    'http_request_duration_seconds',
    'Time of an HTTP request, by method, route pattern and status.',
    REQUEST_SECONDS,
    ['method', 'route', 'status'],
  );

  private readonly types = new Set<string>();

  taskEnded(status: TerminalStatus, count = 1): void {
    this.tasksEnded.inc({ status }, count);
  }

  /** @param outcome of the attempt, which may be followed by another */
  attemptEnded(type: string, outcome: AttemptOutcome, seconds: number): void {
    if (this.types.size < MAX_TYPES) this.types.add(type);
    this.taskDuration.observe({ type: this.types.has(type) ? type : 'other', outcome }, seconds);
  }

  evidenceStale(kind: StaleEvidenceKind): void {
    this.staleEvidence.inc({ kind });
  }

  eventUndecodable(channel: EventChannel): void {
    this.undecodableEvents.inc({ channel });
  }

  dispatchNotTaken(reason: UndeliveredReason): void {
    this.dispatchUndelivered.inc({ reason });
  }

  resultReceived(outcome: ResultOutcome): void {
    this.resultsReceived.inc({ outcome });
  }

  keptRejected(kind: KeptKind): void {
    this.spoolRejected.inc({ kind });
  }
}
