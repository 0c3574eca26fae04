/** The part of a placeholder after its name: `.result.items[-1]["key.with.dots"]`, parsed and walked. */
import { formatPath, isObject, type JsonPath, type JsonValue } from '../json';
import { isPartial, type Part, PartialList, PartialMap, Unread } from './partial';
import { placeOf } from './wanted';

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

type Walk = { found: true; value: JsonValue } | { found: false; walked: JsonPath; reached: Part };

/**
 * Follows a path through own properties and list items only. A key of digits also leads into a list. Of a partial value
 * the path must be one of those for which it was read.
 */
export function walkPath(value: Part, path: JsonPath): Walk {
  let reached = value;
  for (const [at, key] of path.entries()) {
    const next = stepInto(reached, key);
    if (next === undefined) return { found: false, walked: path.slice(0, at), reached };
    reached = next;
  }
  if (isPartial(reached)) throw new Error(`nobody has asked for ${formatPath(path)}`);
  return { found: true, value: reached };
}

function stepInto(value: Part, key: string | number): Part | undefined {
  if (Array.isArray(value) || value instanceof PartialList) {
    const place = placeOf(key);
    return place === null ? undefined : itemAt(value, place);
  }
  if (value instanceof PartialMap) return value.members.get(String(key));
  if (value instanceof Unread) return undefined;
  if (isObject(value) && Object.hasOwn(value, key)) return value[key];
  return undefined;
}

/** Counted from the end where `place` is negative. */
function itemAt(list: JsonValue[] | PartialList, place: number): Part | undefined {
  if (Array.isArray(list)) return list.at(place);
  return list.items.get(place < 0 ? list.length + place : place);
}

const MAX_NAMES_SHOWN = 20;

/** `train.result has the keys loss, model`: what there is where a walk ended. */
export function describeReached(name: string, walked: JsonPath, reached: Part): string {
  const suffix = formatPath(walked);
  const where = suffix === '' || suffix.startsWith('[') ? name + suffix : `${name}.${suffix}`;
  if (Array.isArray(reached) || reached instanceof PartialList)
    return `${where} is a list of ${String(reached.length)}`;
  if (reached instanceof PartialMap) return `${where} ${describeNames(reached.names, reached.nameCount)}`;
  if (reached instanceof Unread)
    return `${where} is ${reached.type === 'null' ? 'null' : `a ${reached.type}`}`;
  if (!isObject(reached)) return `${where} is ${reached === null ? 'null' : `a ${typeof reached}`}`;
  const names = Object.keys(reached);
  return `${where} ${describeNames(names, names.length)}`;
}

function describeNames(names: readonly string[], count: number): string {
  if (count === 0) return 'is an empty map';
  const shown = names
    .slice(0, MAX_NAMES_SHOWN)
    .map((name) => (name.length > 60 ? `${name.slice(0, 60)}…` : name));
  const more = count - shown.length;
  return `has the keys ${shown.join(', ')}${more > 0 ? ` and ${String(more)} more` : ''}`;
}
