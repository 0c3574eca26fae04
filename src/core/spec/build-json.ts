/** A checked syntax tree -> plain JSON, with aliases and merge keys written out, within limits. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type ParsedNode, type YAMLMap } from 'yaml';
import { isObject, isUnsafeKey, type JsonObject, type JsonPath, type JsonValue } from '../json';
import { isMergeKey, keyOf } from './check-tree';
import { MAX_ALIASED_CHARS, MAX_ALIASED_VALUES, MAX_DEPTH } from './limits';

type Targets = ReadonlyMap<Alias, ParsedNode>;

type Built = { kind: 'value'; value: JsonValue } | { kind: 'too_many_aliases' } | { kind: 'too_deep' };

/** Duplicate keys keep the first value, unsafe keys are left out, numbers that JSON lacks become null. */
export function buildJson(root: ParsedNode, targets: Targets): Built {
  const builder = new Builder(targets);
  const value = builder.build(root, 1, false);
  return builder.failure ? { kind: builder.failure } : { kind: 'value', value };
}

class Builder {
  failure: 'too_many_aliases' | 'too_deep' | null = null;
  private aliasedValues = 0;
  private aliasedChars = 0;

  constructor(private readonly targets: Targets) {}

  build(node: ParsedNode | null, depth: number, aliased: boolean): JsonValue {
    if (this.hasFailed() || node === null) return null;
    if (isAlias(node)) return this.build(this.targets.get(node) ?? null, depth, true);
    if (aliased) this.charge(node);
    if (isScalar(node)) return scalarValue(node.value);
    if (depth > MAX_DEPTH) {
      this.failure = 'too_deep';
      return null;
    }
    if (isMap(node)) return this.buildMap(node, depth, aliased);
    const list: JsonValue[] = [];
    if (!isSeq(node)) return list;
    for (const item of node.items as (ParsedNode | null)[]) {
      list.push(this.build(item, depth + 1, aliased));
      if (this.hasFailed()) break;
    }
    return list;
  }

  private buildMap(map: YAMLMap.Parsed, depth: number, aliased: boolean): JsonObject {
    const entries = new Map<string, JsonValue>();
    const merges: (ParsedNode | null)[] = [];
    for (const pair of map.items) {
      if (this.hasFailed()) break;
      if (isScalar(pair.key) && isMergeKey(pair.key)) {
        merges.push(pair.value);
        continue;
      }
      const key = keyOf(pair);
      if (!entries.has(key) && !isUnsafeKey(key))
        entries.set(key, this.build(pair.value, depth + 1, aliased));
    }
    // A map's own keys win over merged ones, and earlier sources over later ones.
    for (const merge of merges) {
      const sources = merge && isSeq(merge) ? (merge.items as (ParsedNode | null)[]) : [merge];
      for (const source of sources) {
        if (this.hasFailed()) break;
        const merged = this.build(source, depth + 1, true);
        if (!isObject(merged)) continue;
        for (const [key, value] of Object.entries(merged)) if (!entries.has(key)) entries.set(key, value);
      }
    }
    return Object.fromEntries(entries);
  }

  private hasFailed(): boolean {
    return this.failure !== null;
  }

  private charge(node: ParsedNode): void {
    this.aliasedValues += 1;
    if (isScalar(node)) this.aliasedChars += node.source.length;
    if (isMap(node)) for (const pair of node.items) this.aliasedChars += keyOf(pair).length;
    if (this.aliasedValues > MAX_ALIASED_VALUES || this.aliasedChars > MAX_ALIASED_CHARS) {
      this.failure = 'too_many_aliases';
    }
  }
}

function scalarValue(value: unknown): JsonValue {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  return null;
}

/**
 * Offset of the key (or list item) that a path leads to; where the path leads nowhere, of the last part that is
 * there. Through an alias it leads to the text of the anchor.
 */
export function offsetOf(root: ParsedNode, path: JsonPath, targets: Targets): number {
  let node: ParsedNode | null = root;
  let offset = root.range[0];
  for (const key of path) {
    if (node && isAlias(node)) node = targets.get(node) ?? null;
    const step: Step = node ? stepInto(node, key, targets) : null;
    if (!step) break;
    offset = step.at.range[0];
    node = step.value;
  }
  return offset;
}

type Step = { at: ParsedNode; value: ParsedNode | null } | null;

function stepInto(node: ParsedNode, key: string | number, targets: Targets): Step {
  if (isSeq(node)) {
    const item = typeof key === 'number' ? (node.items[key] as ParsedNode | null | undefined) : null;
    return item ? { at: item, value: item } : null;
  }
  if (!isMap(node)) return null;
  const text = String(key);
  const own = node.items.find(
    (pair) => keyOf(pair) === text && !(isScalar(pair.key) && isMergeKey(pair.key)),
  );
  if (own) return { at: own.key, value: own.value };
  for (const pair of node.items) {
    if (!isScalar(pair.key) || !isMergeKey(pair.key) || !pair.value) continue;
    const sources = isSeq(pair.value) ? pair.value.items : [pair.value];
    for (const source of sources) {
      const map = isAlias(source) ? targets.get(source) : source;
      const step = map ? stepInto(map, key, targets) : null;
      if (step) return step;
    }
  }
  return null;
}
