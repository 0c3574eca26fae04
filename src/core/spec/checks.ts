/** Small words that all checks of a document share. */
import type { JsonPath, JsonValue } from '../json';

/** Takes a mistake; the path is one within the task's own document. */
export type Report = (path: JsonPath, code: string, message: string) => void;

/** Code of a required field that is not there; where it belongs depends on who could have given it. */
export const MISSING = 'missing';

/** YAML writes a key without a value as null, which says as little as no key. */
export function isMissing(value: JsonValue | undefined): value is null | undefined {
  return value === undefined || value === null;
}

/** A value as a message quotes it: as JSON, cut to a readable length. */
export function show(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  if (typeof value === 'string') return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  return String(value);
}
