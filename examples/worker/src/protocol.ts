/**
 * What a worker and the orchestrator say to each other: Redis keys, channels and messages, as data.
 * Nothing here does I/O. Unknown fields are allowed everywhere, in both directions.
 */

export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject;
export interface JsonObject {
  [key: string]: JsonValue;
}

export const WORKER_IDS_KEY = 'workers:ids';
export const WORKER_EVENTS = 'workers.events';
export const TASK_EVENTS = 'tasks.events';
export const workerKey = (id: string): string => `worker:${id}`;
export const heartbeatKey = (id: string): string => `worker:${id}:hb`;

export type WorkerStatus = 'STARTING' | 'IDLE' | 'RUNNING';

/** A message of the task channel that is meant for this worker. */
export interface Dispatch {
  taskId: string;
  taskType: string;
  document: JsonObject;
  spec: JsonObject;
  /** Unique to the attempt; echoed in every event, so that a late event cannot be taken for a newer attempt's. */
  dispatchedAt: string | null;
}

/** Where the result goes. `folder` is a path below the results directory, used without HTTP. */
export interface Destination {
  http: { url: string; headers: Record<string, string>; timeoutSec: number } | null;
  folder: string;
}

const DEFAULT_TIMEOUT_SEC = 15;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** `value[key]` when that is an object, else an empty one. */
export function objectAt(value: JsonObject, key: string): JsonObject {
  const child = value[key];
  return isObject(child) ? child : {};
}

/** The dispatch in a message of the task channel, or null when it is not for this worker or not a dispatch. */
export function parseDispatch(text: string, workerId: string): Dispatch | null {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isObject(message) || message.assigned_worker !== workerId) return null;
  const { task_id: taskId, task: document, dispatched_at: dispatchedAt } = message;
  if (typeof taskId !== 'string' || !isObject(document)) return null;
  const spec = objectAt(document, 'spec');
  const taskType = message.task_type ?? spec.taskType;
  return {
    taskId,
    taskType: typeof taskType === 'string' ? taskType : '',
    document,
    spec,
    dispatchedAt: typeof dispatchedAt === 'string' ? dispatchedAt : null,
  };
}

/** Reads `spec.output.destination`; a document without one leaves its result in the results directory. */
export function parseDestination(spec: JsonObject): Destination {
  const destination = objectAt(objectAt(spec, 'output'), 'destination');
  if (destination.type === 'http' && typeof destination.url === 'string') {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(objectAt(destination, 'headers'))) {
      if (typeof value === 'string') headers[name] = value;
    }
    const timeoutSec =
      typeof destination.timeoutSec === 'number' ? destination.timeoutSec : DEFAULT_TIMEOUT_SEC;
    return { http: { url: destination.url.replace(/\/+$/, ''), headers, timeoutSec }, folder: '' };
  }
  return { http: null, folder: typeof destination.path === 'string' ? destination.path : '' };
}

/** One event of `workers.events`. What an event type leaves out is null, as newer workers have it. */
export function workerEvent(
  type: 'REGISTER' | 'STATUS' | 'HEARTBEAT' | 'UNREGISTER',
  workerId: string,
  fields: { status?: WorkerStatus; tags?: string[]; payload?: JsonObject; metrics?: JsonObject } = {},
): string {
  return JSON.stringify({
    type,
    worker_id: workerId,
    ts: new Date().toISOString(),
    status: fields.status ?? null,
    tags: fields.tags ?? null,
    payload: fields.payload ?? null,
    metrics: fields.metrics ?? null,
  });
}

/** One event of `tasks.events`. */
export function taskEvent(
  type: 'TASK_STARTED' | 'TASK_SUCCEEDED' | 'TASK_FAILED',
  workerId: string,
  dispatch: Dispatch,
  times: { startedAt: Date; finishedAt?: Date },
  outcome: { result?: JsonObject; error?: string } = {},
): string {
  const { startedAt, finishedAt } = times;
  return JSON.stringify({
    type,
    worker_id: workerId,
    task_id: dispatch.taskId,
    ts: new Date().toISOString(),
    payload: {
      dispatched_at: dispatch.dispatchedAt,
      started_at: startedAt.toISOString(),
      finished_at: finishedAt?.toISOString() ?? null,
      runtime_sec: finishedAt ? (finishedAt.getTime() - startedAt.getTime()) / 1000 : null,
      taskType: dispatch.taskType,
    },
    ...outcome,
  });
}
