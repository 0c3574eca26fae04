/** What workers say about tasks on `tasks.events`: older and newer varieties into one shape, anything else into a reason. */
import type { TaskId, WorkerId } from '../ids';
import type { JsonObject, JsonValue } from '../json';
import {
  firstFilled,
  type NoEvent,
  MAX_EVENT_BYTES,
  objectOf,
  readEvent,
  taskIdOf,
  textOf,
  workerIdOf,
} from './read';

/** What each kind of event carries beyond what all carry. */
interface TaskEventFields {
  TASK_STARTED: { result: null; error: null };
  /** `result` is null when the worker sent none or an empty one. */
  TASK_SUCCEEDED: { result: JsonValue; error: null };
  TASK_FAILED: { result: null; error: string | null };
}

interface Common {
  kind: 'event';
  taskId: TaskId;
  workerId: WorkerId | null;
  /** Our own `dispatched_at`, echoed by newer workers. */
  dispatchedAt: string | null;
}

type Type = keyof TaskEventFields;
type Messages = { [K in Type]: Common & { type: K } & TaskEventFields[K] };
export type TaskEventMessage = Messages[Type];

type DecodedTaskEvent = TaskEventMessage | NoEvent;

/** What is common stands last: V8 adds what follows a spread one by one, which takes a hundred times as long. */
const COMPLETE: { [K in Type]: (common: Common, event: JsonObject, payload: JsonObject) => Messages[K] } = {
  TASK_STARTED: (common) => ({ type: 'TASK_STARTED', result: null, error: null, ...common }),
  TASK_SUCCEEDED: (common, event, payload) => ({
    type: 'TASK_SUCCEEDED',
    result: firstFilled(event.result, payload.result),
    error: null,
    ...common,
  }),
  TASK_FAILED: (common, event, payload) => ({
    type: 'TASK_FAILED',
    result: null,
    error: errorText(firstFilled(event.error, payload.error)),
    ...common,
  }),
};

/**
 * Never throws.
 * @param text one message as it came
 * @param maxBytes longer ones are not read at all
 */
export function decodeTaskEvent(text: string, maxBytes: number = MAX_EVENT_BYTES): DecodedTaskEvent {
  const read = readEvent(text, maxBytes, isType);
  if (read.kind !== 'typed') return read;
  const { type, event } = read;
  const taskId = taskIdOf(event.task_id);
  if (taskId === null) return { kind: 'undecodable', why: `${type} without a valid task_id` };
  const payload = objectOf(event.payload);
  const common: Common = {
    kind: 'event',
    taskId,
    workerId: workerIdOf(event.worker_id),
    dispatchedAt: textOf(payload.dispatched_at) ?? textOf(event.dispatched_at),
  };
  return COMPLETE[type](common, event, payload);
}

const isType = (type: string): type is Type => Object.hasOwn(COMPLETE, type);

/** Some workers send an object for an error; its text is better than nothing. */
function errorText(error: JsonValue): string | null {
  return textOf(typeof error === 'object' && error !== null ? JSON.stringify(error) : error);
}
