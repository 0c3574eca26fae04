/** The tasks that a document spells out: one, its `stages`, or the nodes of its `graph`. */
import { isObject, type JsonObject, type JsonPath, type JsonValue } from '../json';
import { isMissing, type Report, show } from './checks';
import { checkName } from './schema';
import { nearestName } from './suggest';

/** An entry of a `dependsOn` list. */
interface Wanted {
  text: string;
  /** In the document as submitted. */
  path: JsonPath;
}

export interface NodeSource {
  /** Stage or node name; null for a document of one task. */
  label: string | null;
  /** The `id` of a graph node that has a name too: `dependsOn` and references may use either. */
  otherLabel: string | null;
  /** Path of the stage or node; empty for a document of one task. */
  entry: JsonPath;
  /** The stage's own spec, to be laid over the base spec. */
  overlay: JsonObject | null;
  wanted: Wanted[];
  /** Depends on the entry before it. */
  isChained: boolean;
}

interface Layout {
  kind: 'single' | 'stages' | 'graph';
  nodes: NodeSource[];
}

/** Reads the layout; null when it cannot be told or has too many tasks, after reporting why. */
export function readLayout(spec: JsonObject, maxTasks: number, report: Report): Layout | null {
  const { stages, graph } = spec;
  if (!isMissing(stages) && !isMissing(graph)) {
    report(['spec', 'graph'], 'stages_and_graph', 'a document has either stages or a graph, not both');
    return null;
  }
  const base = readDependsOn(spec.dependsOn, ['spec', 'dependsOn'], report);
  if (isMissing(stages) && isMissing(graph)) {
    const single = {
      label: null,
      otherLabel: null,
      entry: [],
      overlay: null,
      wanted: base ?? [],
      isChained: false,
    };
    return { kind: 'single', nodes: [single] };
  }
  const kind = isMissing(stages) ? 'graph' : 'stages';
  const found = entriesOf(spec);
  if (!found) {
    if (kind === 'stages') report(['spec', 'stages'], 'wrong_type', `stages is a list, not ${show(stages)}`);
    else if (!isObject(graph))
      report(['spec', 'graph'], 'wrong_type', `graph is a map with nodes, not ${show(graph)}`);
    else report(['spec', 'graph', 'nodes'], 'wrong_type', `nodes is a list, not ${show(graph.nodes)}`);
    return null;
  }
  const { entries, path } = found;
  if (entries.length === 0) {
    report(path, 'empty', `${String(path.at(-1))} has at least one entry; leave it out for a single task`);
    return null;
  }
  if (entries.length > maxTasks) {
    const message = `a document makes at most ${String(maxTasks)} tasks; this makes ${String(entries.length)}`;
    report(path, 'too_many_tasks', message);
    return null;
  }
  const nodes = entries.map((entry, index) => readNode(entry, index, [...path, index], kind, base, report));
  checkDuplicates(nodes, entries, report);
  return { kind, nodes };
}

/** The list of stages or nodes, wherever it is; null if there is none that can be read. */
export function entriesOf(spec: JsonObject): { entries: JsonValue[]; path: JsonPath } | null {
  const { stages, graph } = spec;
  if (Array.isArray(stages)) return { entries: stages, path: ['spec', 'stages'] };
  if (!isMissing(stages) || !isObject(graph) || !Array.isArray(graph.nodes)) return null;
  return { entries: graph.nodes, path: ['spec', 'graph', 'nodes'] };
}

/** The dependencies that an entry itself gives, beside its spec or within it; undefined if it gives none. */
export function ownDependsOn(
  entry: JsonObject,
  path: JsonPath,
): { value: JsonValue; path: JsonPath } | undefined {
  if (!isMissing(entry.dependsOn)) return { value: entry.dependsOn, path: [...path, 'dependsOn'] };
  const inner = isObject(entry.spec) ? entry.spec.dependsOn : undefined;
  return isMissing(inner) ? undefined : { value: inner, path: [...path, 'spec', 'dependsOn'] };
}

const ENTRY_KEYS = ['name', 'id', 'spec', 'dependsOn'];

function readNode(
  value: JsonValue,
  index: number,
  path: JsonPath,
  kind: 'stages' | 'graph',
  base: Wanted[] | null,
  report: Report,
): NodeSource {
  const entry = isObject(value) ? value : {};
  if (!isObject(value)) {
    report(path, 'wrong_type', `an entry is a map with name, spec and dependsOn, not ${show(value)}`);
  }
  for (const key of Object.keys(entry)) {
    if (ENTRY_KEYS.includes(key)) continue;
    // Keys of the sender's own are fine; one that is nearly ours would be dropped in silence.
    const nearest = nearestName(key.replaceAll(/[_-]/g, ''), ['dependsOn']);
    if (nearest !== null)
      report([...path, key], 'unknown_key', `${key} is not read; did you mean ${nearest}?`);
  }
  if (!isMissing(entry.spec) && !isObject(entry.spec)) {
    report([...path, 'spec'], 'wrong_type', `spec is a map, not ${show(entry.spec)}`);
  }
  const name = readLabel(entry.name, [...path, 'name'], report);
  const id = kind === 'graph' ? readLabel(entry.id, [...path, 'id'], report) : null;
  const own = ownDependsOn(entry, path);
  const wanted = own ? readDependsOn(own.value, own.path, report) : base;
  return {
    label: name ?? id ?? `stage-${String(index + 1)}`,
    otherLabel: name !== null && id !== name ? id : null,
    entry: path,
    overlay: isObject(entry.spec) ? entry.spec : null,
    wanted: wanted ?? [],
    isChained: kind === 'stages' && index > 0 && !own,
  };
}

/** Whole numbers are taken as names: YAML makes one of `id: 1`. */
function wholeNumberAsText(value: JsonValue): JsonValue {
  return typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
}

function readLabel(value: JsonValue | undefined, path: JsonPath, report: Report): string | null {
  if (isMissing(value)) return null;
  return checkName(wholeNumberAsText(value), path, report);
}

/** The entries of a `dependsOn`; null if there is none. What is no name is reported and left out. */
export function readDependsOn(value: JsonValue | undefined, path: JsonPath, report: Report): Wanted[] | null {
  if (isMissing(value)) return null;
  if (!Array.isArray(value)) {
    report(path, 'wrong_type', `dependsOn is a list of names or task ids, not ${show(value)}`);
    return [];
  }
  return value.flatMap((item, index): Wanted[] => {
    const text = wholeNumberAsText(item);
    if (typeof text === 'string' && text !== '') return [{ text, path: [...path, index] }];
    report([...path, index], 'wrong_type', `expected a name or a task id, not ${show(item)}`);
    return [];
  });
}

/** Names and ids share one name space: either can be what another entry depends on. */
function checkDuplicates(nodes: readonly NodeSource[], entries: readonly JsonValue[], report: Report): void {
  const first = new Map<string, number>();
  for (const [index, { label, otherLabel, entry: path }] of nodes.entries()) {
    const entry = entries[index];
    const isId = isObject(entry) && isMissing(entry.name) && wholeNumberAsText(entry.id ?? null) === label;
    for (const [text, key] of [[label, isId ? 'id' : 'name'] as const, [otherLabel, 'id'] as const]) {
      if (text === null) continue;
      const before = first.get(text);
      if (before === undefined) {
        first.set(text, index);
        continue;
      }
      const message = `${show(text)} is the name or id of entry ${String(before + 1)} already`;
      report([...path, key], 'duplicate_name', message);
    }
  }
}
