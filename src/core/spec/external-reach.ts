/** Which tasks of a document have a task of an earlier submission among their ancestors. */
import { dependentsOf, type Graph, reachableFrom } from '../graph/dag';
import type { TaskId } from '../ids';
import type { Dependency } from '../model';

type Known = ReadonlyMap<TaskId, { id: TaskId; dependsOn: readonly Dependency[] }>;

export class ExternalReach {
  private readonly ids: TaskId[];
  private readonly places: Map<TaskId, number>;
  private readonly externalDependents: Graph;
  private readonly draftDependents: Graph;
  private readonly directUsers = new Map<TaskId, number[]>();
  private readonly found = new Map<TaskId, Set<number>>();

  /** `drafts` and `externals` give, for each task of the document, what it depends on directly. */
  constructor(known: Known, drafts: Graph, externals: readonly (readonly TaskId[])[]) {
    this.ids = [...known.keys()];
    this.places = new Map(this.ids.map((id, place) => [id, place]));
    this.externalDependents = dependentsOf(
      [...known.values()].map(({ dependsOn }) =>
        dependsOn.flatMap(({ taskId }) => this.places.get(taskId) ?? []),
      ),
    );
    this.draftDependents = dependentsOf(drafts);
    for (const [draft, ids] of externals.entries()) {
      for (const id of ids) {
        const users = this.directUsers.get(id);
        if (users) users.push(draft);
        else this.directUsers.set(id, [draft]);
      }
    }
  }

  /** The tasks, by index, that depend on `id` directly or through others. */
  of(id: TaskId): ReadonlySet<number> {
    const before = this.found.get(id);
    if (before) return before;
    const below = reachableFrom([this.places.get(id) ?? -1], this.externalDependents);
    const carriers = [id, ...[...below].flatMap((place) => this.ids[place] ?? [])];
    const users = carriers.flatMap((carrier) => this.directUsers.get(carrier) ?? []);
    const reached = reachableFrom(users, this.draftDependents);
    for (const user of users) reached.add(user);
    this.found.set(id, reached);
    return reached;
  }
}
