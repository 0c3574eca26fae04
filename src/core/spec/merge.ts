/** Deep merge of a stage's spec over the base spec. */
import { isObject, isUnsafeKey, type JsonObject } from '../json';

/**
 * A new map with `over` laid over `base`: maps merge, anything else (null and lists included) replaces. Neither is
 * changed; the result shares what it takes over unchanged. Unsafe keys are left out.
 */
export function mergeDeep(base: JsonObject, over: JsonObject): JsonObject {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) {
    const below = merged.get(key);
    merged.set(key, isObject(below) && isObject(value) ? mergeDeep(below, value) : value);
  }
  return Object.fromEntries([...merged].filter(([key]) => !isUnsafeKey(key)));
}
