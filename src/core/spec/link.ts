/** Who depends on whom: `dependsOn` lists, the chain of stages, and what templates and columns refer to. */
import { findCycles } from '../graph/dag';
import { isTaskId, type TaskId } from '../ids';
import type { JsonObject, JsonPath } from '../json';
import type { Dependency, TaskStatus } from '../model';
import { namedBy, type NamedPath, type Reference, ReferenceCollector } from '../template/references';
import { isEnvironmentName } from '../template/scan';
import { type Report, show } from './checks';
import { ExternalReach } from './external-reach';
import { MAX_LINKS } from './limits';
import { type Links, nameLinks, pathProblem, type Target, type Use, usedFile } from './name-links';
import { shortName } from './naming';
import type { NodeSource } from './nodes';
import { NameAdvisor } from './suggest';

/** A task of an earlier submission, or an ancestor of one. */
export interface ExternalTask {
  id: TaskId;
  name: string;
  status: TaskStatus;
  dependsOn: readonly Dependency[];
  /** Its result and its files were deleted. */
  isDeleted: boolean;
}

export interface LinkNode extends NodeSource {
  /** Whole name: `metadata.name` of the task to be. */
  name: string;
  document: JsonObject;
  /** From a path in the task's document to the one in the document as submitted. */
  origin(path: JsonPath): JsonPath;
}

/** The links of each node; anything wrong is reported, and the links are then of no use. */
export function linkNodes(
  nodes: readonly LinkNode[],
  known: ReadonlyMap<TaskId, ExternalTask>,
  isGraph: boolean,
  report: Report,
): Links[] {
  const linker = new Linker(nodes, known, isGraph, report);
  linker.addWanted();
  if (!linker.addReferences()) return [];
  linker.settleExternals();
  linker.settleUnknown();
  linker.checkCycles();
  return linker.nameAll();
}

class Linker {
  /** By node: its dependencies in order, by a key that is unique to the target. */
  private readonly targets: Map<string, Target>[];
  private readonly uses: Use[][];
  /** Names and ids of this document's nodes. */
  private readonly labels = new Map<string, number>();
  private readonly externals = new Map<string, Set<TaskId>>();
  private readonly undecided: { node: number; named: NamedPath; reference: Reference }[] = [];
  private readonly unknown: { node: number; reference: Reference; isPlain: boolean }[] = [];
  private readonly readings = new Map<string, ReturnType<typeof namedBy>>();
  private readonly advisor: NameAdvisor;

  constructor(
    private readonly nodes: readonly LinkNode[],
    private readonly known: ReadonlyMap<TaskId, ExternalTask>,
    private readonly isGraph: boolean,
    private readonly report: Report,
  ) {
    this.targets = nodes.map(() => new Map<string, Target>());
    this.uses = nodes.map(() => []);
    for (const [index, { label, otherLabel }] of nodes.entries()) {
      for (const text of [label, otherLabel]) {
        if (text !== null && !this.labels.has(text)) this.labels.set(text, index);
      }
    }
    for (const task of known.values()) {
      for (const name of [shortName(task.name), task.name, task.id]) {
        const ids = this.externals.get(name);
        if (ids) ids.add(task.id);
        else this.externals.set(name, new Set([task.id]));
      }
    }
    const others = [...known.values()].map((task) => shortName(task.name));
    this.advisor = new NameAdvisor([...this.labels.keys(), ...others]);
  }

  /** What `dependsOn` lists and the chain of stages say. */
  addWanted(): void {
    for (const [index, node] of this.nodes.entries()) {
      if (node.isChained) this.addDraft(index, index - 1);
      for (const { text, path } of node.wanted) {
        const draft = this.labels.get(text);
        if (draft !== undefined) this.addDraft(index, draft);
        else if (isTaskId(text) && this.known.has(text)) this.addTask(index, text, path);
        else this.report(path, 'unknown_name', `${show(text)} is no task; ${this.advisor.for(text)}`);
      }
    }
  }

  /** What templates and columns say about nodes of this document; false if there is too much of it. */
  addReferences(): boolean {
    const collector = new ReferenceCollector();
    let count = this.targets.reduce((sum, targets) => sum + targets.size, 0);
    for (const [index, node] of this.nodes.entries()) {
      const references = collector.of(node.document);
      count += references.length;
      if (count > MAX_LINKS) {
        const message = `the tasks of one document have at most ${String(MAX_LINKS)} dependencies and references`;
        this.report([], 'too_many_references', message);
        return false;
      }
      for (const reference of references) {
        const { names, isPlain } = this.read(reference);
        if (names.length === 0) this.unknown.push({ node: index, reference, isPlain });
        if (!this.checkPaths(node, reference, names)) continue;
        for (const named of names) {
          const draft = this.labels.get(named.name);
          if (draft === undefined) this.undecided.push({ node: index, named, reference });
          else this.use(index, this.addDraft(index, draft), named, reference);
        }
      }
    }
    return true;
  }

  /** What templates and columns say about tasks of earlier submissions: they must be upstream already. */
  settleExternals(): void {
    if (this.undecided.length === 0) return;
    const direct = this.targets.map((targets) => [...targets.keys()].filter(isTaskId));
    const reach = new ExternalReach(this.known, this.draftGraph(), direct);
    for (const { node, named, reference } of this.undecided) {
      const { name } = named;
      const ids = [...(this.externals.get(name) ?? [])];
      const own = ids.filter((id) => this.targets[node]?.has(id));
      const candidates = own.length > 0 ? own : ids.filter((id) => reach.of(id).has(node));
      const [id] = candidates;
      if (id === undefined) {
        this.unknown.push({ node, reference, isPlain: true });
      } else if (candidates.length > 1) {
        const wholes = candidates.map((candidate) => this.known.get(candidate)?.name ?? candidate).join(', ');
        this.say(
          node,
          reference,
          'ambiguous_name',
          `${show(name)} could be any of ${wholes}; use the whole name or the id`,
        );
      } else {
        const origin = this.nodes[node]?.origin(reference.at) ?? reference.at;
        this.use(node, this.addTask(node, id, origin), named, reference);
      }
    }
  }

  /** References that name nothing: mistakes, unless the task has no dependencies or the worker is meant. */
  settleUnknown(): void {
    for (const { node, reference, isPlain } of this.unknown) {
      const { kind, raw, body } = reference;
      const hasDependencies = (this.targets[node]?.size ?? 0) > 0;
      const quoted = raw.length > 120 ? `${raw.slice(0, 120)}…` : raw;
      if (kind === 'malformed') {
        if (!hasDependencies) continue;
        const advice = 'nothing closes this placeholder; a literal ${ is written $${';
        this.say(node, reference, 'bad_placeholder', `${quoted}: ${advice}`);
      } else if (kind === 'placeholder') {
        // A task that depends on nothing keeps its text; in a graph, though, references are what makes dependencies.
        const isMeant = hasDependencies || (this.isGraph && /^[^.[\]{}]+\.(?:result|artifacts)\b/.test(body));
        if (!isMeant || isEnvironmentName(body)) continue;
        const name = /^[^.[]*/.exec(body)?.[0] ?? body;
        const advice = `${this.advisor.for(name)}; a literal \${ is written $\${`;
        this.say(node, reference, 'unknown_name', `${quoted} names no upstream task; ${advice}`);
      } else if (isPlain && (kind === 'node' || /[.[]/.test(body))) {
        const name = kind === 'node' ? raw : (/^[^.[]*/.exec(body)?.[0] ?? body);
        const advice = this.advisor.for(name);
        this.say(node, reference, 'unknown_name', `${show(quoted)} names no upstream task; ${advice}`);
      }
    }
  }

  checkCycles(): void {
    for (const cycle of findCycles(this.draftGraph())) {
      const [first] = cycle;
      const node = first === undefined ? undefined : this.nodes[first];
      if (first === undefined || !node) continue;
      const shown = cycle.length > MAX_CYCLE_SHOWN ? cycle.slice(0, MAX_CYCLE_SHOWN) : cycle;
      const gap = shown.length < cycle.length ? [`… ${String(cycle.length - shown.length)} more …`] : [];
      const labels = shown.map((index) => this.nodes[index]?.label ?? '');
      const way = [...labels, ...gap, node.label ?? ''].join(' → ');
      const next = cycle[1] ?? first;
      const path = node.wanted.find(({ text }) => this.labels.get(text) === next)?.path ?? node.entry;
      this.report(path, 'cycle', `${way}: each of them depends on the next, so none could start`);
    }
  }

  /** Names for all dependencies of all nodes. */
  nameAll(): Links[] {
    return this.nodes.map((_, node) => {
      const dependencies = [...(this.targets[node] ?? [])].map(([key, on]) => {
        const inside = on.kind === 'draft' ? this.nodes[on.index] : undefined;
        const taskName = inside?.name ?? this.known.get(key as TaskId)?.name ?? key;
        const { label = null, otherLabel = null } = inside ?? {};
        return { key, on, label, otherLabel, taskName };
      });
      return nameLinks(dependencies, this.uses[node] ?? [], (reference, code, message) => {
        this.say(node, reference, code, message);
      });
    });
  }

  /** What a reference names, read once for all tasks that share it. */
  private read(reference: Reference): ReturnType<typeof namedBy> {
    const key = `${reference.kind} ${reference.raw} ${reference.body}`;
    const before = this.readings.get(key);
    if (before) return before;
    const reading = namedBy(reference, (name) => this.labels.has(name) || this.externals.has(name));
    this.readings.set(key, reading);
    return reading;
  }

  private checkPaths(node: LinkNode, reference: Reference, names: readonly NamedPath[]): boolean {
    const problem = pathProblem(reference, names);
    if (problem) this.report(node.origin(reference.at), ...problem);
    return problem === null;
  }

  private addDraft(node: number, index: number): string {
    const key = `#${String(index)}`;
    this.targets[node]?.set(key, { kind: 'draft', index });
    return key;
  }

  private addTask(node: number, id: TaskId, path: JsonPath): string {
    const task = this.known.get(id);
    if (task?.status === 'FAILED' || task?.status === 'CANCELLED') {
      const message = `task ${id} (${task.name}) is ${task.status}, so nothing can depend on it`;
      this.report(path, 'dependency_failed', message);
    } else if (task?.isDeleted === true) {
      const message = `the result of task ${id} (${task.name}) was deleted, so nothing can depend on it`;
      this.report(path, 'dependency_deleted', message);
    }
    this.targets[node]?.set(id, { kind: 'task', id });
    return id;
  }

  private use(node: number, key: string, { name, path }: NamedPath, reference: Reference): void {
    this.uses[node]?.push({ key, name, file: usedFile(path), reference });
  }

  private say(node: number, reference: Reference, code: string, message: string): void {
    this.report(this.nodes[node]?.origin(reference.at) ?? reference.at, code, message);
  }

  private draftGraph(): number[][] {
    return this.targets.map((targets) =>
      [...targets.values()].flatMap((target) => (target.kind === 'draft' ? [target.index] : [])),
    );
  }
}

const MAX_CYCLE_SHOWN = 20;
