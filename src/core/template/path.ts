/** The part of a placeholder after its name: `.result.items[-1]["key.with.dots"]`, parsed and walked. */
import { formatPath, isObject, type JsonPath, type JsonValue } from '../json';

const STEP = /\.([^.[\]{}"'\s]+)|\[\s*(-?\d{1,9})\s*\]|\[\s*("(?:[^"\\]|\\.)*")\s*\]|\[\s*'([^'\\]*)'\s*\]/y;

/** Parses a path that is empty or starts with `.` or `[`; null if it is neither. Negative indices count from the end. */
export function parsePath(text: string): JsonPath | null {
  const path: (string | number)[] = [];
  STEP.lastIndex = 0;
  for (let at = 0; at < text.length; at = STEP.lastIndex) {
    STEP.lastIndex = at;
    const match = STEP.exec(text);
    if (!match) return null;
    const [, key, index, doubleQuoted, singleQuoted] = match;
    if (key !== undefined) path.push(key);
    else if (index !== undefined) path.push(Number(index));
    else if (singleQuoted !== undefined) path.push(singleQuoted);
    else {
      const unquoted = unquote(doubleQuoted ?? '');
      if (unquoted === null) return null;
      path.push(unquoted);
    }
  }
  return path;
}

function unquote(json: string): string | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

interface NameAndPath {
  name: string;
  /** What follows the name: empty, or a text that starts with `.` or `[`. */
  rest: string;
}

/** The longest known name that `body` starts with and that ends there, at a `.` or at a `[`; names may contain both. */
export function matchName(body: string, isKnown: (name: string) => boolean): NameAndPath | null {
  for (let end = body.length; end > 0; end -= 1) {
    if (end < body.length && body[end] !== '.' && body[end] !== '[') continue;
    const name = body.slice(0, end);
    if (isKnown(name)) return { name, rest: body.slice(end) };
  }
  return null;
}

type Walk = { found: true; value: JsonValue } | { found: false; walked: JsonPath; reached: JsonValue };

/** Follows a path through own properties and list items only. A key of digits also leads into a list. */
export function walkPath(value: JsonValue, path: JsonPath): Walk {
  let reached = value;
  for (const [at, key] of path.entries()) {
    const next = stepInto(reached, key);
    if (next === undefined) return { found: false, walked: path.slice(0, at), reached };
    reached = next;
  }
  return { found: true, value: reached };
}

function stepInto(value: JsonValue, key: string | number): JsonValue | undefined {
  if (Array.isArray(value)) {
    const index = typeof key === 'string' && /^\d{1,9}$/.test(key) ? Number(key) : key;
    return typeof index === 'number' ? value.at(index) : undefined;
  }
  if (isObject(value) && Object.hasOwn(value, key)) return value[key];
  return undefined;
}

const MAX_KEYS_SHOWN = 20;

/** `train.result has the keys loss, model`: what there is where a walk ended. */
export function describeReached(name: string, walked: JsonPath, reached: JsonValue): string {
  const suffix = formatPath(walked);
  const where = suffix === '' || suffix.startsWith('[') ? name + suffix : `${name}.${suffix}`;
  if (Array.isArray(reached)) return `${where} is a list of ${String(reached.length)}`;
  if (!isObject(reached)) return `${where} is ${reached === null ? 'null' : `a ${typeof reached}`}`;
  const keys = Object.keys(reached);
  if (keys.length === 0) return `${where} is an empty map`;
  const shown = keys.slice(0, MAX_KEYS_SHOWN).map((key) => (key.length > 60 ? `${key.slice(0, 60)}…` : key));
  const more = keys.length - shown.length;
  return `${where} has the keys ${shown.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
