/** By which names a task's dependencies are called, in templates and in `_upstreamResults`. */

/** The part of a task's name after the first colon: the stage of `pipeline:stage`. The whole name if there is none. */
export function shortName(taskName: string): string {
  const colon = taskName.indexOf(':');
  return colon === -1 || colon === taskName.length - 1 ? taskName : taskName.slice(colon + 1);
}

interface NamedDependency<Id extends string> {
  /** The key of its result in `_upstreamResults`; no two dependencies of a task share one. */
  name: string;
  taskId: Id;
  /** `metadata.name` of the dependency. */
  taskName: string;
}

/**
 * Every name by which a template of one task may call its dependencies: each one's own `name`, and, where they are
 * not ambiguous, the short and the whole name and the id of its task.
 */
export function templateNames<Id extends string>(
  dependencies: readonly NamedDependency<Id>[],
): Map<string, Id> {
  const table = new Map<string, Id>(dependencies.map(({ name, taskId }) => [name, taskId]));
  const aliases = new Map<string, Id | null>();
  for (const { taskId, taskName } of dependencies) {
    for (const alias of [shortName(taskName), taskName, taskId]) {
      const known = aliases.get(alias);
      aliases.set(alias, known === undefined || known === taskId ? taskId : null);
    }
  }
  for (const [alias, id] of aliases) if (id !== null && !table.has(alias)) table.set(alias, id);
  return table;
}

interface Unnamed {
  /** The name within the document, which is always kept; null for a task of another document. */
  label: string | null;
  /** The name that a column uses, under which the executor will look for the result. */
  called: string | null;
  taskName: string;
  id: string;
}

/** One name per dependency: the label, else the short name, on collision the whole name, then the id. */
export function chooseNames(dependencies: readonly Unnamed[]): string[] {
  const wishes = dependencies.map(({ label, called, taskName }) => label ?? called ?? shortName(taskName));
  const counts = countOf(wishes);
  const wholes = countOf(dependencies.map(({ taskName }) => taskName));
  return dependencies.map(({ label, called, taskName, id }, index) => {
    const wish = wishes[index] ?? id;
    if (label !== null || called !== null || counts.get(wish) === 1) return wish;
    const isFree = wholes.get(taskName) === 1 && (taskName === wish || !counts.has(taskName));
    return isFree && taskName !== wish ? taskName : id;
  });
}

function countOf(words: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}
