/** What workers say about themselves on `workers.events`: older (`extra`) and newer (`payload`) into one shape. */
import type { TaskId, WorkerId } from '../ids';
import type { JsonObject, JsonValue } from '../json';
import {
  firstFilled,
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

/** What is common stands last: V8 adds what follows a spread one by one, which takes a hundred times as long. */
const COMPLETE: { [K in Type]: (common: Common, event: JsonObject) => Messages[K] } = {
  REGISTER: (common) => ({ type: 'REGISTER', ...common }),
  STATUS: (common, event) => ({
    type: 'STATUS',
    status: textOf(event.status),
    taskId: taskIdOf(filled(event, 'task_id')),
    lastTask: taskIdOf(filled(event, 'last_task')),
    tellsStart: !isEmpty(event.payload),
    ...common,
  }),
  HEARTBEAT: (common) => ({ type: 'HEARTBEAT', ...common }),
  UNREGISTER: (common) => ({ type: 'UNREGISTER', ...common }),
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
  return COMPLETE[type]({ kind: 'event', workerId }, event);
}

/** A field from wherever the worker's variety puts it. */
function filled(event: JsonObject, key: string): JsonValue | undefined {
  return firstFilled(event[key], objectOf(event.payload)[key], objectOf(event.extra)[key]);
}

const isType = (type: string): type is Type => Object.hasOwn(COMPLETE, type);
