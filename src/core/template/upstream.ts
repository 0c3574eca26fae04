/** `spec._upstreamResults`: which parts of the results upstream a document names, and how they are handed over. */
import { isObject, type JsonObject, type JsonPath, type JsonValue } from '../json';
import type { TaskDocument } from '../model';
import { isArtifactPath } from './artifact-path';
import { isPartial, type Part, PartialList, PartialMap, Unread } from './partial';
import { namedBy, ReferenceCollector } from './references';
import { Wanted, type WantedPlaces } from './wanted';

/**
 * For each of `names` that the document names, the paths into its envelope, out of placeholders and `graph_template`
 * columns. An empty path means the whole envelope. The document is the stored one, with its placeholders.
 */
export function upstreamPaths(document: TaskDocument, names: Iterable<string>): Map<string, JsonPath[]> {
  const known = new Set(names);
  const paths = new Map<string, JsonPath[]>();
  for (const reference of new ReferenceCollector().of(document)) {
    for (const { name, path } of namedBy(reference, (text) => known.has(text)).names) {
      // Files are no part of the envelope.
      if (path !== null && isArtifactPath(path)) continue;
      const found = paths.get(name);
      if (found) found.push(path ?? []);
      else paths.set(name, [path ?? []]);
    }
  }
  return paths;
}

/**
 * A value cut down to what the paths lead to, such that the same paths find the same values in it. Of a list, what stands
 * before the last item that is counted from the start keeps its place, and what stands behind the first one that is
 * counted from the end; what nobody names there is null. A path that leads nowhere adds nothing.
 */
export function pickPaths(value: Part, paths: readonly JsonPath[]): JsonValue {
  return pick(value, new Wanted(paths, true)) ?? null;
}

function pick(value: Part, wanted: Wanted): JsonValue | undefined {
  if (wanted.isWhole && !isPartial(value)) return value;
  if (Array.isArray(value) || value instanceof PartialList) return pickItems(value, wanted.items);
  if (value instanceof Unread || !isObject(value)) return undefined;
  const picked: [string, JsonValue][] = [];
  for (const [name, below] of wanted.members) {
    const member = memberOf(value, name);
    const found = member === undefined ? undefined : pick(member, below);
    if (found !== undefined) picked.push([name, found]);
  }
  return Object.fromEntries(picked);
}

function memberOf(map: JsonObject | PartialMap, name: string): Part | undefined {
  if (map instanceof PartialMap) return map.members.get(name);
  return Object.hasOwn(map, name) ? map[name] : undefined;
}

function pickItems(list: readonly JsonValue[] | PartialList, places: WantedPlaces): JsonValue[] {
  const { length } = list;
  const kept: JsonValue[] = [];
  for (const [from, to] of places.kept(length)) {
    for (let place = from; place < to; place += 1) {
      const wanted = places.of(place, length);
      const item = list instanceof PartialList ? list.items.get(place) : list[place];
      kept.push((wanted === null || item === undefined ? undefined : pick(item, wanted)) ?? null);
    }
  }
  return kept;
}

/** The document with `spec._upstreamResults = {NAME: envelope}`; the one given is not changed. */
export function withUpstreamResults(
  document: TaskDocument,
  results: ReadonlyMap<string, JsonValue>,
): TaskDocument {
  const upstream: JsonObject = Object.fromEntries(results);
  return { ...document, spec: { ...document.spec, _upstreamResults: upstream } };
}
