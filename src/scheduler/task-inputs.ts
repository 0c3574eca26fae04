/** What a task is given of its dependencies: their envelopes and files, under every name by which a template may call them. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { AtMost } from '../core/at-most';
import { err, ok, type Result } from '../core/errors';
import type { TaskId } from '../core/ids';
import type { JsonPath } from '../core/json';
import type { GivenFile, Input } from '../core/manifest/inputs';
import type { Dependency, Task, TaskDocument } from '../core/model';
import { templateNames } from '../core/spec/naming';
import type { ArtifactFacts } from '../core/template/artifact-path';
import type { Part } from '../core/template/partial';
import type { Upstream } from '../core/template/resolve';
import { upstreamPaths } from '../core/template/upstream';
import { OpenEnvelope } from '../results/open-envelope';
import { ResultFigures } from '../results/result-figures';
import { partsRoom, ResultParts } from '../results/result-parts';
import { MOST_PARSED_BYTES, ResultStore } from '../results/result.store';
import { ofUnknown } from '../results/left-results';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskStore } from '../tasks/task.store';
import { tooLarge, type Doom, type Missing } from './doom';
import { UpstreamFiles } from './upstream-files';

export interface Inputs {
  /**
   * Direct dependencies by the name in `_upstreamResults`: the envelope, or of a large one what the document names; null
   * where there is no result.
   */
  direct: Map<string, Part | null>;
  /** The same under every name, the full names and ids of tasks from other documents included. */
  byName: Map<string, Upstream>;
  /**
   * What of it a message gives, to be kept with the task.
   * @param isGiven whether the envelope by this name in `_upstreamResults` goes along
   * @param followed files whose URLs the message has, beside those that the document names
   */
  given(isGiven: (name: string) => boolean, followed: ReadonlyMap<TaskId, readonly GivenFile[]>): Input[];
}

const NO_FILES: ReadonlyMap<string, ArtifactFacts> = new Map();
/** Files that are open at once, for one task. */
const OPEN_AT_ONCE = 16;

@Injectable()
export class TaskInputs {
  constructor(
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly results: ResultStore,
    private readonly parts: ResultParts,
    private readonly figures: ResultFigures,
    private readonly files: UpstreamFiles,
    private readonly config: AppConfig,
  ) {}

  /** @param document as it is stored, with its placeholders */
  async load(task: Task, document: TaskDocument): Promise<Result<Inputs, Doom>> {
    try {
      return ok(await this.read(task, document));
    } catch (error) {
      return err(tooLarge(error));
    }
  }

  private async read(task: Task, document: TaskDocument): Promise<Inputs> {
    const { dependsOn } = task;
    const upstream = await Promise.all(dependsOn.map(({ taskId }) => this.upstreamOf(taskId)));
    const names = templateNames(
      dependsOn.map((dependency, i) => ({
        ...dependency,
        taskName: upstream[i]?.[0]?.name ?? dependency.name,
      })),
    );
    const named = new NamedPaths(document, dependsOn, names);
    const room = partsRoom();
    const loaded = await new AtMost(OPEN_AT_ONCE).map(dependsOn, async ({ name, taskId }, i) => {
      const [of, itsDocument] = upstream[i] ?? [null, null];
      const isUsed = task.uses.includes(name);
      const found = await this.results.readGiven(of ?? ofUnknown(taskId), itsDocument, this.isSmall(isUsed));
      const known = of?.resultSha256 ?? null;
      if (found === null) return null;
      if (!(found instanceof OpenEnvelope))
        return { part: found.envelope, sha256: () => known ?? found.sha256() };
      try {
        // What the document does not use is left out: it would not fit into a message anyway.
        if (!isUsed) return null;
        const part = await this.parts.read(found, { paths: named.of(taskId), spreads: true }, room);
        const digest = known ?? found.resultSha256 ?? (await this.figures.of(found)).resultSha256;
        return { part, sha256: () => digest };
      } finally {
        await found.close();
      }
    });
    const files = task.usesFiles.length === 0 ? null : await this.files.of(task, document);
    const parts = new Map(dependsOn.map(({ taskId }, i) => [taskId, loaded[i]?.part ?? null]));
    const of = (id: TaskId): Upstream => ({
      envelope: parts.get(id) ?? null,
      artifacts: files?.get(id) ?? NO_FILES,
    });
    return {
      direct: new Map(dependsOn.map(({ name, taskId }) => [name, of(taskId).envelope])),
      byName: new Map([...names].map(([name, id]) => [name, of(id)])),
      given: (isGiven, followed) =>
        dependsOn.map(({ name, taskId }, i) => ({
          name,
          taskId,
          resultSha256: isGiven(name) ? (loaded[i]?.sha256() ?? null) : null,
          files: byName([...of(taskId).artifacts.values(), ...(followed.get(taskId) ?? [])]),
        })),
    };
  }

  /** One that could go into a message as it is, is read whole. */
  private isSmall(isUsed: boolean): (bytes: number) => boolean {
    const { maxMessageBytes } = this.config;
    const mostBytes = isUsed ? Math.max(MOST_PARSED_BYTES, maxMessageBytes) : maxMessageBytes;
    return (bytes) => bytes <= mostBytes;
  }

  /** What the document uses and is not there yet; null when all of it is. */
  async missing(task: Task): Promise<Missing | null> {
    const used = task.dependsOn.filter(({ name }) => task.uses.includes(name));
    const [there, files] = await Promise.all([
      Promise.all(used.map((dependency) => this.hasResult(dependency))),
      this.files.missing(task),
    ]);
    const results = used.filter((_, i) => there[i] !== true);
    return results.length + files.length === 0 ? null : { results, files };
  }

  private async hasResult({ taskId }: Dependency): Promise<boolean> {
    const [upstream, document] = await this.upstreamOf(taskId);
    return this.results.has(upstream ?? ofUnknown(taskId), document);
  }

  private upstreamOf(id: Dependency['taskId']): Promise<[Task | null, TaskDocument | null]> {
    return Promise.all([this.known.doneOne(id) ?? this.store.read(id), this.store.readDocument(id)]);
  }
}

/** Each once. */
const byName = (files: readonly GivenFile[]): GivenFile[] => [
  ...new Map(files.map((file) => [file.name, file])).values(),
];

/** The paths that a document names of each dependency, under any of its names; found out for the first that is large. */
class NamedPaths {
  private known: ReadonlyMap<TaskId, readonly JsonPath[]> | null = null;

  constructor(
    private readonly document: TaskDocument,
    private readonly dependsOn: readonly Dependency[],
    private readonly names: ReadonlyMap<string, TaskId>,
  ) {}

  of(id: TaskId): readonly JsonPath[] {
    this.known ??= this.all();
    return this.known.get(id) ?? [];
  }

  private all(): Map<TaskId, JsonPath[]> {
    const direct = new Map(this.dependsOn.map(({ name, taskId }) => [name, taskId]));
    const all = new Map<TaskId, JsonPath[]>();
    // A name may hide another one that it begins with, among all of them or among these.
    for (const ids of [this.names, direct]) {
      for (const [name, paths] of upstreamPaths(this.document, ids.keys())) {
        const id = ids.get(name);
        if (id !== undefined) all.set(id, [...(all.get(id) ?? []), ...paths]);
      }
    }
    return all;
  }
}
