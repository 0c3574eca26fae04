/** Deep merge of a stage's spec over the base spec. */
import { isObject, isUnsafeKey, type JsonObject } from '../json';

/**
 * A new map with `over` laid over `base`: maps merge, anything else (null and lists included) replaces. Neither is
 * changed; the result shares what it takes over unchanged. Unsafe keys are left out.
 */
export function mergeDeep(base: JsonObject, over: JsonObject): JsonObject {
  const merged: JsonObject = {};
  for (const key of Object.keys(base)) if (!isUnsafeKey(key)) merged[key] = base[key] ?? null;
  for (const key of Object.keys(over)) {
    if (isUnsafeKey(key)) continue;
    const [below, value = null] = [merged[key], over[key]];
    merged[key] = isObject(below) && isObject(value) ? mergeDeep(below, value) : value;
  }
  return merged;
}
