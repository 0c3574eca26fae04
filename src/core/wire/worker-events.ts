/** What workers say about themselves on `workers.events`: older (`extra`) and newer (`payload`) into one shape. */
import type { TaskId, WorkerId } from '../ids';
import type { JsonObject, JsonValue } from '../json';
import {
  isEmpty,
  MAX_EVENT_BYTES,
  type NoEvent,
  objectOf,
  readEvent,
  taskIdOf,
  textOf,
  workerIdOf,
} from './read';

interface WorkerEventFields {
  REGISTER: object;
  /** `lastTask`: the task that it ended. `tellsStart`: it is of the newer variety, which says TASK_STARTED too. */
  STATUS: { status: string | null; taskId: TaskId | null; lastTask: TaskId | null; tellsStart: boolean };
  HEARTBEAT: object;
  UNREGISTER: object;
}

interface Common {
  kind: 'event';
  workerId: WorkerId;
}

type Type = keyof WorkerEventFields;
type Messages = { [K in Type]: Common & { type: K } & WorkerEventFields[K] };
export type WorkerEventMessage = Messages[Type];

type DecodedWorkerEvent = WorkerEventMessage | NoEvent;

/** Reads a field from wherever the worker's variety puts it; null and empty count as left out. */
type Reader = (key: string) => JsonValue;

const COMPLETE: { [K in Type]: (common: Common, read: Reader, event: JsonObject) => Messages[K] } = {
  REGISTER: (common) => ({ ...common, type: 'REGISTER' }),
  STATUS: (common, read, event) => ({
    ...common,
    type: 'STATUS',
    status: textOf(event.status),
    taskId: taskIdOf(read('task_id')),
    lastTask: taskIdOf(read('last_task')),
    tellsStart: !isEmpty(event.payload),
  }),
  HEARTBEAT: (common) => ({ ...common, type: 'HEARTBEAT' }),
  UNREGISTER: (common) => ({ ...common, type: 'UNREGISTER' }),
};

/**
 * Never throws.
 * @param text one message as it came
 * @param maxBytes longer ones are not read at all
 */
export function decodeWorkerEvent(text: string, maxBytes: number = MAX_EVENT_BYTES): DecodedWorkerEvent {
  const read = readEvent(text, maxBytes, isType);
  if (read.kind !== 'typed') return read;
  const { type, event } = read;
  const workerId = workerIdOf(event.worker_id);
  if (workerId === null) return { kind: 'undecodable', why: `${type} without a valid worker_id` };
  const places = [event, objectOf(event.payload), objectOf(event.extra)];
  const find: Reader = (key) => places.find((place) => !isEmpty(place[key]))?.[key] ?? null;
  return COMPLETE[type]({ kind: 'event', workerId }, find, event);
}

const isType = (type: string): type is Type => Object.hasOwn(COMPLETE, type);
