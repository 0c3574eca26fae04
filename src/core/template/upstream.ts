/** `spec._upstreamResults`: which parts of the results upstream a document names, and how they are handed over. */
import { isObject, type JsonObject, type JsonPath, type JsonValue } from '../json';
import type { TaskDocument } from '../model';
import { namedBy, ReferenceCollector } from './references';

/**
 * For each of `names` that the document names, the paths into its envelope, out of placeholders and `graph_template`
 * columns. An empty path means the whole envelope. The document is the stored one, with its placeholders.
 */
export function upstreamPaths(document: TaskDocument, names: Iterable<string>): Map<string, JsonPath[]> {
  const known = new Set(names);
  const paths = new Map<string, JsonPath[]>();
  for (const reference of new ReferenceCollector().of(document)) {
    for (const { name, path } of namedBy(reference, (text) => known.has(text)).names) {
      const found = paths.get(name);
      if (found) found.push(path ?? []);
      else paths.set(name, [path ?? []]);
    }
  }
  return paths;
}

/**
 * A value cut down to what the paths lead to. Lists keep their positions (what nobody names is null), so that the
 * same paths find the same values in it. A path that leads nowhere adds nothing.
 */
export function pickPaths(envelope: JsonValue, paths: readonly JsonPath[]): JsonValue {
  if (paths.some((path) => path.length === 0)) return envelope;
  if (Array.isArray(envelope)) return pickFromList(envelope, paths);
  if (!isObject(envelope)) return envelope;
  const picked: [string, JsonValue][] = [];
  for (const [key, below] of groupByFirst(paths)) {
    const text = String(key);
    const child = Object.hasOwn(envelope, text) ? envelope[text] : undefined;
    if (child !== undefined) picked.push([text, pickPaths(child, below)]);
  }
  return Object.fromEntries(picked);
}

function pickFromList(list: readonly JsonValue[], paths: readonly JsonPath[]): JsonValue {
  const groups = new Map<number, JsonPath[]>();
  let fromEnd = false;
  for (const [key, below] of groupByFirst(paths)) {
    const index = Number(key);
    // A name applied to a list means each of its items to some executors.
    if (!Number.isInteger(index)) return [...list];
    fromEnd ||= index < 0;
    const place = index < 0 ? list.length + index : index;
    groups.set(place, [...(groups.get(place) ?? []), ...below]);
  }
  const last = fromEnd ? list.length - 1 : Math.min(Math.max(...groups.keys()), list.length - 1);
  return list.slice(0, last + 1).map((item, index) => {
    const below = groups.get(index);
    return below ? pickPaths(item, below) : null;
  });
}

function groupByFirst(paths: readonly JsonPath[]): Map<string | number, JsonPath[]> {
  const groups = new Map<string | number, JsonPath[]>();
  for (const [first, ...rest] of paths) {
    if (first === undefined) continue;
    const group = groups.get(first);
    if (group) group.push(rest);
    else groups.set(first, [rest]);
  }
  return groups;
}

/** The document with `spec._upstreamResults = {NAME: envelope}`; the one given is not changed. */
export function withUpstreamResults(
  document: TaskDocument,
  results: ReadonlyMap<string, JsonValue>,
): TaskDocument {
  const upstream: JsonObject = Object.fromEntries(results);
  return { ...document, spec: { ...document.spec, _upstreamResults: upstream } };
}
