/** A parsed document -> the drafts of all its tasks, or every mistake in it. Pure: what exists already is given. */
import { err, type Issue, ok, type Result } from '../errors';
import { isTaskId, type TaskId } from '../ids';
import { formatPath, isObject, type JsonObject, type JsonPath, type JsonValue } from '../json';
import type { Resources, RetryPolicy, TaskDocument, UsedFile } from '../model';
import { isMissing, MISSING, type Report, show } from './checks';
import { IssueList } from './issue-list';
import { MAX_EXPANDED_CHARS } from './limits';
import { type ExternalTask, linkNodes, type LinkNode } from './link';
import { mergeDeep } from './merge';
import type { Target } from './name-links';
import { entriesOf, type NodeSource, ownDependsOn, readDependsOn, readLayout } from './nodes';
import type { ParsedDocument } from './parse';
import { checkHead, checkTask } from './schema';

/** A task that is ready to be written, but for its id. */
export interface TaskDraft {
  /** `metadata.name`: that of the document, for stages and nodes followed by `:` and `nodeName`. */
  name: string;
  nodeName: string | null;
  taskType: string;
  document: TaskDocument;
  resources: Resources;
  replicas: number;
  priority: number;
  retry: RetryPolicy;
  /** Direct dependencies; an index is that of another draft of the same document. */
  dependsOn: { name: string; on: Target }[];
  /** Names out of `dependsOn` whose results the document uses. */
  uses: string[];
  /** Their files that it uses. */
  usesFiles: UsedFile[];
}

export interface ExpandLimits {
  maxTasks: number;
  /** Retry policy of a task that gives none. */
  defaults: RetryPolicy;
}

/** Ids that `dependsOn` lists name and that are no names within the document, to be looked up before expanding. */
export function externalIds(doc: ParsedDocument): TaskId[] {
  const spec = doc.source.spec;
  if (!isObject(spec)) return [];
  const ignore = (): void => undefined;
  const found = readDependsOn(spec.dependsOn, [], ignore) ?? [];
  const labels = new Set<string>();
  for (const entry of entriesOf(spec)?.entries ?? []) {
    if (!isObject(entry)) continue;
    for (const label of [entry.name, entry.id]) {
      if (typeof label === 'string' || typeof label === 'number') labels.add(String(label));
    }
    found.push(...(readDependsOn(ownDependsOn(entry, [])?.value, [], ignore) ?? []));
  }
  return [...new Set(found.map(({ text }) => text).filter(isTaskId))].filter((id) => !labels.has(id));
}

/**
 * Expands a document into drafts in its own order. `known` holds the tasks of `externalIds` and all their ancestors,
 * as far as they exist. Fails with all mistakes of the document, at most a hundred, in the order of its text.
 */
export function expandDocument(
  doc: ParsedDocument,
  known: ReadonlyMap<TaskId, ExternalTask>,
  limits: ExpandLimits,
): Result<TaskDraft[], Issue[]> {
  const issues = new IssueList(doc.locate);
  const spoiled = new Set(doc.mistakes.map(({ path }) => path));
  for (const mistake of doc.mistakes) issues.addIssue(mistake);
  // A value that was no JSON is reported as such; that it is then missing is no second mistake.
  const report: Report = (path, code, message) => {
    if (!spoiled.has(formatPath(path))) issues.add(path, code, message);
  };

  checkHead(doc.source, report);
  const { spec } = doc.source;
  if (!isObject(spec)) {
    if (isMissing(spec)) report(['spec'], MISSING, 'spec is required');
    else report(['spec'], 'wrong_type', `spec is a map, not ${show(spec)}`);
    return err(issues.toIssues());
  }
  const layout = readLayout(spec, limits.maxTasks, report);
  if (!layout) return err(issues.toIssues());
  if (expandedChars(doc.source) + doc.raw.length > MAX_EXPANDED_CHARS) {
    const message =
      'the base document times the number of tasks is too large; move what differs into the stages';
    report(['spec'], 'too_large', message);
    return err(issues.toIssues());
  }

  const base: BaseDocument = {
    source: doc.source,
    metadata: isObject(doc.source.metadata) ? doc.source.metadata : {},
    spec: withoutLayout(spec),
  };
  const nodes = layout.nodes.map((node) => toLinkNode(node, base));
  const missing = new MissingFields(nodes, report);
  const facts = nodes.map((node, index) =>
    checkTask(node.document.spec, limits.defaults, (path, code, message) => {
      if (code === MISSING) missing.add(index, path, message);
      else report(node.origin(path), code, message);
    }),
  );
  missing.report();
  const links = linkNodes(nodes, known, layout.kind === 'graph', report);
  if (issues.size > 0) return err(issues.toIssues());

  return ok(
    nodes.flatMap((node, index): TaskDraft[] => {
      const fact = facts[index];
      const link = links[index];
      if (!fact || !link) return [];
      return [
        { name: node.name, nodeName: node.label, document: node.document as TaskDocument, ...fact, ...link },
      ];
    }),
  );
}

interface ExpandedNode extends LinkNode {
  document: JsonObject & { spec: JsonObject };
}

/** What all tasks of a document share. */
interface BaseDocument {
  source: JsonObject;
  metadata: JsonObject;
  /** Without the layout. */
  spec: JsonObject;
}

function toLinkNode(node: NodeSource, base: BaseDocument): ExpandedNode {
  const { source, metadata } = base;
  const baseName = typeof metadata.name === 'string' ? metadata.name : '';
  const name = node.label === null ? baseName : `${baseName}:${node.label}`;
  const spec = node.overlay ? mergeDeep(base.spec, withoutLayout(node.overlay)) : base.spec;
  const document = { ...source, metadata: { ...metadata, name }, spec };
  const origin = (path: JsonPath): JsonPath => originOf(path, node);
  // Named one by one: spreading the node would cost many times as much.
  const { label, otherLabel, entry, overlay, wanted, isChained } = node;
  return { label, otherLabel, entry, overlay, wanted, isChained, name, document, origin };
}

/** A stage's own `stages` and `graph` would read as a document within a task's document. */
function withoutLayout(spec: JsonObject): JsonObject {
  const { stages: _stages, graph: _graph, ...rest } = spec;
  return rest;
}

/** The stage's own spec if the path leads somewhere in it, else the base document. */
function originOf(path: JsonPath, node: NodeSource): JsonPath {
  if (path[0] !== 'spec' || !node.overlay || !leadsSomewhere(node.overlay, path.slice(1))) return path;
  return [...node.entry, ...path];
}

function leadsSomewhere(value: JsonValue, path: JsonPath): boolean {
  let reached: JsonValue | undefined = value;
  for (const key of path) {
    if (Array.isArray(reached)) reached = typeof key === 'number' ? reached[key] : undefined;
    else if (isObject(reached) && Object.hasOwn(reached, key)) reached = reached[key];
    else return false;
    if (reached === undefined) return false;
  }
  return true;
}

/** What no task of the document has is missing from the base; what only some lack is missing from those. */
class MissingFields {
  private readonly found = new Map<string, { path: JsonPath; message: string; nodes: number[] }>();

  constructor(
    private readonly nodes: readonly LinkNode[],
    private readonly to: Report,
  ) {}

  add(node: number, path: JsonPath, message: string): void {
    const key = formatPath(path);
    const field = this.found.get(key);
    if (field) field.nodes.push(node);
    else this.found.set(key, { path, message, nodes: [node] });
  }

  report(): void {
    for (const { path, message, nodes } of this.found.values()) {
      if (nodes.length === this.nodes.length) {
        this.to(path, MISSING, message);
        continue;
      }
      for (const index of nodes) this.to([...(this.nodes[index]?.entry ?? []), ...path], MISSING, message);
    }
  }
}

/** Size of all task documents together, as JSON, but for what the stages themselves say: the base, once for each task. */
export function expandedChars(source: JsonObject): number {
  const spec = isObject(source.spec) ? source.spec : {};
  const tasks = entriesOf(spec)?.entries.length ?? 1;
  return JSON.stringify({ ...source, spec: withoutLayout(spec) }).length * tasks;
}
