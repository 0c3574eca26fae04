/**
 * The nouns of the service.
 *
 * - **document**: what a client submits, one YAML text. **run**: all tasks of one document.
 * - **task**: the unit that a worker runs. **stage** / **node**: a task's name within its document.
 * - **attempt**: one dispatch of a task, named by a random token. **lease**: the attempt that holds a worker.
 * - **shard**: a child task with a part of its parent's data. **envelope**: a stored result with who and when.
 */
import type { AttemptId, RunId, TaskId, WorkerId } from './ids';
import type { JsonObject, JsonValue } from './json';
import type { SpanPlace } from './trace/trace-context';

export const TASK_STATUSES = [
  'PENDING', // waits for dependencies or for a worker
  'WAITING', // backs off before a retry
  'DISPATCHED', // sent to a worker
  'RUNNING', // the worker said so; for a parent: its shards are on their way
  'DONE',
  'FAILED',
  'CANCELLED',
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

export const TERMINAL_STATUSES = ['DONE', 'FAILED', 'CANCELLED'] as const satisfies readonly TaskStatus[];
export type TerminalStatus = (typeof TERMINAL_STATUSES)[number];

export function isTerminal(status: TaskStatus): status is TerminalStatus {
  return (TERMINAL_STATUSES as readonly TaskStatus[]).includes(status);
}

/** Why the result and the files of a task are deleted: their time was over, there was no room, or a client wanted it. */
export const DELETION_CAUSES = ['ttl', 'quota', 'request'] as const;
export type DeletionCause = (typeof DELETION_CAUSES)[number];

/** A document of one task: the base document with a stage's spec merged in, without `stages` and `graph`. */
export interface TaskDocument extends JsonObject {
  apiVersion: string;
  kind: string;
  metadata: JsonObject & { name: string };
  spec: JsonObject & { taskType: string };
}

/** What a task needs of one worker, all at once. */
export interface Resources {
  /** Whole logical cores. */
  cpuCores: number;
  memoryBytes: number;
  /** null: no GPU asked for (none named, or `count: 0`). */
  gpu: { count: number; type: string; memoryBytes: number | null } | null;
}

export interface RetryPolicy {
  maxRetries: number;
  baseDelaySec: number;
  maxDelaySec: number;
}

/** A task whose results another task may use, under the name by which templates call it. */
export interface Dependency {
  name: string;
  taskId: TaskId;
}

/** A file of a dependency, by the dependency's name in `dependsOn` and its own. */
export interface UsedFile {
  name: string;
  file: string;
}

/** Everything the service knows about a task but its document. Times are microseconds since 1970 by Redis' clock. */
export interface Task {
  id: TaskId;
  name: string;
  runId: RunId;
  /** The span of the client that submitted it; null: it named none, or traces were off. */
  clientTrace: SpanPlace | null;
  /** Stage or node name within the document; null for a document of one task. */
  nodeName: string | null;
  taskType: string;
  status: TaskStatus;
  resources: Resources;
  replicas: number;
  priority: number;
  retry: RetryPolicy;
  /** Direct dependencies in the order of the document. */
  dependsOn: readonly Dependency[];
  /** Names out of `dependsOn` whose result the document uses: its dispatch waits for these results. */
  uses: readonly string[];
  /** Files of its dependencies that the document uses: its dispatch waits for these too. */
  usesFiles: readonly UsedFile[];

  submittedAtUs: number;
  dispatchedAtUs: number | null;
  startedAtUs: number | null;
  finishedAtUs: number | null;
  nextRetryAtUs: number | null;

  /** How often it was dispatched. For people; `attemptId` is what is compared. */
  attempt: number;
  attemptId: AttemptId | null;
  /** The worker of the latest attempt, which may be over; `MULTI` for a parent of shards. */
  attemptWorker: WorkerId | null;
  lastFailedWorker: WorkerId | null;
  /** Failures that a worker reported. */
  retries: number;
  /** Workers that were lost under it. */
  losses: number;
  /** What ended it, or the last failure of a worker. */
  error: string | null;
  /** Why it is where it is, when that needs saying. */
  reason: string | null;
  /** How placement treats it and why, such as why it is not split. */
  note: string | null;
  /** Fingerprints of result files that an earlier attempt left in shared storage. */
  staleFiles: readonly string[];
  /** SHA-256 (hex) of the bytes of the committed result's `result` member; null while there is none. */
  resultSha256: string | null;
  /** Which of the staged results that is; null while there is none. */
  resultId: string | null;
  /** How long its result and files are kept after its end, in seconds; null: its document does not say. */
  ttlSec: number | null;
  /** They were deleted then, and why; null: they were not. */
  deletedAtUs: number | null;
  deletedBecause: DeletionCause | null;
  /** How long an attempt may take, in seconds; null: as long as it takes. */
  timeoutSec: number | null;

  /** Its document asks to be spread over several workers. */
  parallel: boolean;
  parentId: TaskId | null;
  shardIndex: number | null;
  shardTotal: number | null;
}

/** A task that can be placed, with all that its queue needs to know of it. */
export interface ReadyTask {
  id: TaskId;
  /** Lower goes first. */
  score: number;
  resources: Resources;
  lastFailedWorker: WorkerId | null;
  /** Its document names results or files of its dependencies. */
  usesResults: boolean;
  isParallel: boolean;
}

/** What is stored for a finished task, and what templates walk. */
export interface Envelope extends JsonObject {
  task_id: string;
  worker_id: string | null;
  metadata: JsonObject | null;
  received_at: string | null;
  result: JsonValue;
}

/** One accelerator of a worker. */
export interface Gpu {
  name: string;
  /** null: the worker gave no figure. */
  memoryBytes: number | null;
}

/** What a worker reports of its machine; null or empty where the report has a hole. */
export interface Hardware {
  /** null: not reported, taken as none. */
  cpuCores: number | null;
  /** null: not reported, taken as enough. */
  memoryBytes: number | null;
  gpus: readonly Gpu[];
  ip: string | null;
}

/** A worker as placement sees it. */
export interface WorkerSnapshot {
  id: WorkerId;
  hardware: Hardware;
  /** It has acknowledged a task since it registered; the others may not listen yet. */
  proven: boolean;
}
