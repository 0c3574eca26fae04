/** The names of one task's dependencies, and whether its references find what they mean by them. */
import type { TaskId } from '../ids';
import { isUnsafeKey, type JsonPath } from '../json';
import type { UsedFile } from '../model';
import { isArtifactPath, readArtifactPath } from '../template/artifact-path';
import type { NamedPath, Reference } from '../template/references';
import { show } from './checks';
import { chooseNames, templateNames } from './naming';

export type Target = { kind: 'draft'; index: number } | { kind: 'task'; id: TaskId };

export interface Links {
  dependsOn: { name: string; on: Target }[];
  /** Names whose results are used, and files that are. */
  uses: string[];
  usesFiles: UsedFile[];
}

/** A reference that was found to mean one dependency. */
export interface Use {
  /** The dependency's key. */
  key: string;
  /** The name as the document writes it. */
  name: string;
  /** What is used of it: a file by this name, or, when null, its result. */
  file: string | null;
  reference: Reference;
}

interface LinkedTask {
  /** Unique among the dependencies of a task; for a task of another submission, its id. */
  key: string;
  on: Target;
  label: string | null;
  otherLabel: string | null;
  taskName: string;
}

type Say = (reference: Reference, code: string, message: string) => void;

/** Names all dependencies, and takes a last look whether each reference will find its own by them. */
export function nameLinks(dependencies: readonly LinkedTask[], uses: readonly Use[], say: Say): Links {
  const called = calledByColumns(uses, say);
  const written = new Set(uses.map(({ key, name }) => `${key} ${name}`));
  const tasks = dependencies.map((dependency) => ({
    label: labelOf(dependency, called, written),
    called: called.get(dependency.key) ?? null,
    taskName: dependency.taskName,
    id: dependency.key,
  }));
  const names = chooseNames(tasks);
  const nameOf = (at: number, key: string): string => names[at] ?? key;
  const table = templateNames(
    tasks.map(({ id, taskName }, at) => ({ name: nameOf(at, id), taskId: id, taskName })),
  );
  const clash = uses.find((use) => table.get(use.name) !== use.key);
  if (clash) {
    const meant = dependencies.findIndex(({ key }) => key === clash.key);
    const chosen = nameOf(meant, clash.key);
    const message =
      dependencies[meant]?.on.kind === 'draft' && chosen !== clash.name
        ? `this task calls one dependency both ${show(clash.name)} and ${show(chosen)}; use the latter`
        : `${show(clash.name)} could be several of this task's dependencies; use whole names or ids`;
    say(clash.reference, 'ambiguous_name', message);
  }
  const used = new Set(uses.flatMap(({ key, file }) => (file === null ? [key] : [])));
  const files = filesByKey(uses);
  return {
    dependsOn: dependencies.map(({ key, on }, at) => ({ name: nameOf(at, key), on })),
    uses: dependencies.flatMap(({ key }, at) => (used.has(key) ? [nameOf(at, key)] : [])),
    usesFiles: dependencies.flatMap(({ key }, at) =>
      [...(files.get(key) ?? [])].map((file) => ({ name: nameOf(at, key), file })),
    ),
  };
}

function filesByKey(uses: readonly Use[]): Map<string, Set<string>> {
  const files = new Map<string, Set<string>>();
  for (const { key, file } of uses) {
    if (file === null) continue;
    const known = files.get(key);
    if (known) known.add(file);
    else files.set(key, new Set([file]));
  }
  return files;
}

/** The file that a path leads to; null when it leads into the result. */
export function usedFile(path: JsonPath | null): string | null {
  if (path === null || !isArtifactPath(path)) return null;
  const artifact = readArtifactPath(path);
  return artifact.ok ? artifact.value.file : null;
}

/**
 * The name or the id of a node of this document, whichever finds its result at dispatch. There, the one that is chosen
 * here is known, and what follows the first colon of the task's name: that is the node's name, hardly ever its id. So
 * the id is chosen where a reference uses it, but for what a column says.
 */
function labelOf(
  { key, label, otherLabel }: LinkedTask,
  called: ReadonlyMap<string, string>,
  written: ReadonlySet<string>,
): string | null {
  if (label === null || otherLabel === null) return label;
  return called.get(key) ?? (written.has(`${key} ${otherLabel}`) ? otherLabel : label);
}

/** Executors find a column's result under the very name that the column uses. */
function calledByColumns(uses: readonly Use[], say: Say): Map<string, string> {
  const called = new Map<string, string>();
  for (const { key, name, reference } of uses) {
    if (reference.kind !== 'node' && reference.kind !== 'expr') continue;
    const before = called.get(key);
    if (before !== undefined && before !== name) {
      const message = `columns call one task ${show(before)} and ${show(name)}; use one name for it`;
      say(reference, 'ambiguous_name', message);
    }
    called.set(key, before ?? name);
  }
  return called;
}

/** What is wrong with the path of a reference, whoever it names: code and message. */
export function pathProblem(reference: Reference, names: readonly NamedPath[]): [string, string] | null {
  const isPlaceholder = reference.kind === 'placeholder';
  if (isPlaceholder && reference.body.includes('__proto__')) {
    return ['unsafe_key', '__proto__ is not allowed in a placeholder'];
  }
  for (const { name, path } of names) {
    if (path === null && isPlaceholder) {
      const advice = 'expected .key, [0], [-1] or ["a key"] one after the other';
      return ['bad_placeholder', `${reference.raw}: ${advice} after ${name}`];
    }
    if (path?.some((key) => typeof key === 'string' && isUnsafeKey(key))) {
      return ['unsafe_key', `${reference.raw} walks through a key that is not allowed`];
    }
    if (path === null || !isArtifactPath(path)) continue;
    if (!isPlaceholder) {
      const advice = `a column reads results; a file's address goes into a string, as \${${name}.artifacts["a file"].url}`;
      return ['bad_artifact', `${show(reference.body)}: ${advice}`];
    }
    const artifact = readArtifactPath(path);
    if (!artifact.ok) return ['bad_artifact', `${reference.raw}: ${artifact.error}`];
  }
  return null;
}
