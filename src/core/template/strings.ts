/** Every string of a JSON value, keys left alone. */
import { isObject, type JsonValue } from '../json';

export function mapStrings(value: JsonValue, map: (text: string) => string): JsonValue {
  if (typeof value === 'string') return map(value);
  if (Array.isArray(value)) return value.map((item) => mapStrings(item, map));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, mapStrings(child, map)]));
}

/** The value as a template that resolves to it: nothing in it is read as a placeholder. */
export function escapePlaceholders(value: JsonValue): JsonValue {
  return mapStrings(value, (text) => text.replaceAll('${', () => '$${'));
}
