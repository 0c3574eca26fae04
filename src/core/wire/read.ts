/** Reading what others wrote: JSON of any kind and size, fields that may be missing, null or of the wrong type. */
import { err, ok, type Result } from '../errors';
import { isTaskId, isWorkerId, type TaskId, type WorkerId } from '../ids';
import { isDeeperThan, isObject, type JsonObject, type JsonValue } from '../json';

/** Events are small; a larger one is not read unless the caller says so. */
export const MAX_EVENT_BYTES = 4 * 2 ** 20;
/** Deeper JSON would exhaust the stack of whoever walks it. */
const MAX_DEPTH = 256;
/** Longer texts are cut: they end up in records and logs. */
const MAX_TEXT_CHARS = 16_384;

/** Strings, which are kept, or the three words that Python writes for numbers that JSON does not have. */
const STRING_OR_BARE_WORD = /"[^"\\]*(?:\\.[^"\\]*)*"|-?Infinity|NaN/gs;

/** JSON as the standard has it. The error is a short sentence without the text itself. */
export function parseJson(text: string): Result<JsonValue, string> {
  // Each level takes two characters.
  if (text.length > 2 * MAX_DEPTH && isDeeperThan(text, MAX_DEPTH))
    return err(`nested deeper than ${String(MAX_DEPTH)} levels`);
  try {
    return ok(JSON.parse(text) as JsonValue);
  } catch {
    return err('not JSON');
  }
}

/** One event: a JSON object of at most `maxBytes` in UTF-8. Python's NaN and Infinity are read as null. */
function parseEvent(text: string, maxBytes: number): Result<JsonObject, string> {
  if (text.length > maxBytes || Buffer.byteLength(text) > maxBytes) {
    return err(`larger than ${String(maxBytes)} bytes`);
  }
  let parsed = parseJson(text);
  if (!parsed.ok && /NaN|Infinity/.test(text)) {
    parsed = parseJson(
      text.replace(STRING_OR_BARE_WORD, (found) => (found.startsWith('"') ? found : 'null')),
    );
  }
  if (!parsed.ok) return parsed;
  return isObject(parsed.value) ? ok(parsed.value) : err('not a JSON object');
}

/** How each of our own events begins, so that it is known without being read. */
export const OWN_EVENT = '{"source":"orchestrator",';

/** `own`: one of our own events, to be ignored. `undecodable`: to be counted, logged once and ignored. */
export type NoEvent = { kind: 'own' } | { kind: 'undecodable'; why: string };

/** A message as an event of a type that is known; our own go out on the workers' channels too. */
export function readEvent<T extends string>(
  text: string,
  maxBytes: number,
  isType: (type: string) => type is T,
): { kind: 'typed'; type: T; event: JsonObject } | NoEvent {
  if (text.startsWith(OWN_EVENT)) return { kind: 'own' };
  const parsed = parseEvent(text, maxBytes);
  if (!parsed.ok) return { kind: 'undecodable', why: parsed.error };
  const event = parsed.value;
  if (event.source === 'orchestrator') return { kind: 'own' };
  const { type } = event;
  if (typeof type !== 'string') return { kind: 'undecodable', why: 'without a type' };
  if (isType(type)) return { kind: 'typed', type, event };
  return { kind: 'undecodable', why: `of unknown type ${JSON.stringify(type.slice(0, 64))}` };
}

/** Text of a field, cut to a sane length; numbers count as text. null for anything else and for nothing. */
export function textOf(value: JsonValue | undefined): string | null {
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'string' && value !== '' ? value.slice(0, MAX_TEXT_CHARS) : null;
}

export function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function taskIdOf(value: JsonValue | undefined): TaskId | null {
  return typeof value === 'string' && isTaskId(value) ? value : null;
}

export function workerIdOf(value: JsonValue | undefined): WorkerId | null {
  return typeof value === 'string' && isWorkerId(value) ? value : null;
}

/** A value that carries nothing: null, `{}`, `[]`, an empty text. */
export function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}

/** The first value that carries something; null when none does. */
export function firstFilled(...values: (JsonValue | undefined)[]): JsonValue {
  for (const value of values) if (value !== undefined && !isEmpty(value)) return value;
  return null;
}
