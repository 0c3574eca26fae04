/** What workers say about themselves on `workers.events`: older (`extra`, `tags`) and newer (`payload`) into one shape. */
import type { TaskId, WorkerId } from '../ids';
import type { JsonObject, JsonValue } from '../json';
import { isOwnEvent } from './own-events';
import { isEmpty, MAX_EVENT_BYTES, objectOf, parseEvent, taskIdOf, textOf, workerIdOf } from './read';

interface WorkerEventFields {
  REGISTER: { status: string | null; tags: JsonValue };
  /** `taskId`: the task it runs now; `lastTask`: the one that it has ended. */
  STATUS: { status: string | null; taskId: TaskId | null; lastTask: TaskId | null };
  HEARTBEAT: { metrics: JsonObject };
  UNREGISTER: object;
}

interface Common {
  kind: 'event';
  workerId: WorkerId;
  /** ISO 8601 by the worker's clock, unchecked. */
  ts: string | null;
}

type Type = keyof WorkerEventFields;
type Messages = { [K in Type]: Common & { type: K } & WorkerEventFields[K] };
export type WorkerEventMessage = Messages[Type];

/** `own`: one of our own events, to be ignored. `undecodable`: to be counted, logged once and ignored. */
type DecodedWorkerEvent = WorkerEventMessage | { kind: 'own' } | { kind: 'undecodable'; why: string };

/** Reads a field from wherever the worker's variety puts it; null and empty count as left out. */
type Reader = (key: string) => JsonValue;

const COMPLETE: { [K in Type]: (common: Common, read: Reader) => Messages[K] } = {
  REGISTER: (common, read) => ({
    ...common,
    type: 'REGISTER',
    status: textOf(read('status')),
    tags: read('tags'),
  }),
  STATUS: (common, read) => ({
    ...common,
    type: 'STATUS',
    status: textOf(read('status')),
    taskId: taskIdOf(read('task_id')),
    lastTask: taskIdOf(read('last_task')),
  }),
  HEARTBEAT: (common, read) => ({ ...common, type: 'HEARTBEAT', metrics: objectOf(read('metrics')) }),
  UNREGISTER: (common) => ({ ...common, type: 'UNREGISTER' }),
};

/**
 * Never throws.
 * @param text one message as it came
 * @param maxBytes longer ones are not read at all
 */
export function decodeWorkerEvent(text: string, maxBytes: number = MAX_EVENT_BYTES): DecodedWorkerEvent {
  const parsed = parseEvent(text, maxBytes);
  if (!parsed.ok) return { kind: 'undecodable', why: parsed.error };
  const event = parsed.value;
  if (isOwnEvent(event)) return { kind: 'own' };
  const { type } = event;
  if (typeof type !== 'string') return { kind: 'undecodable', why: 'without a type' };
  if (!isType(type))
    return { kind: 'undecodable', why: `of unknown type ${JSON.stringify(type.slice(0, 64))}` };
  const workerId = workerIdOf(event.worker_id);
  if (workerId === null) return { kind: 'undecodable', why: `${type} without a valid worker_id` };
  const places = [event, objectOf(event.payload), objectOf(event.extra)];
  const read: Reader = (key) => places.map((place) => place[key]).find((value) => !isEmpty(value)) ?? null;
  return COMPLETE[type]({ kind: 'event', workerId, ts: textOf(event.ts) }, read);
}

const isType = (type: string): type is Type => Object.hasOwn(COMPLETE, type);
