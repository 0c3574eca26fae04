/** Files of dependencies that a task's templates name. */
import { Injectable } from '@nestjs/common';
import { ArtifactStore } from '../artifacts/artifact.store';
import type { FileOfTask } from '../artifacts/file-urls';
import { AppConfig } from '../config/app-config';
import type { TaskId } from '../core/ids';
import type { GivenFile } from '../core/manifest/inputs';
import type { Task, TaskDocument, UsedFile } from '../core/model';
import type { ArtifactFacts } from '../core/template/artifact-path';
import { ownResultsUrl, RESULTS_PATH } from '../core/wire/destination';
import { TaskStore } from '../tasks/task.store';

/** `there`: the files that are. `unfinished`: it is there, but is being written. */
export interface MissingFile extends UsedFile {
  taskId: TaskId;
  there: string[];
  unfinished: boolean;
}

@Injectable()
export class UpstreamFiles {
  constructor(
    private readonly store: TaskStore,
    private readonly files: ArtifactStore,
    private readonly config: AppConfig,
  ) {}

  /** Those that are there, by dependency; templates say of the others that they are not. */
  async of(task: Task, document: TaskDocument): Promise<ReadonlyMap<TaskId, Map<string, ArtifactFacts>>> {
    const base = this.resultsUrl(document);
    const found = new Map<TaskId, Map<string, ArtifactFacts>>();
    await Promise.all(
      task.usesFiles.map(async (used) => {
        const id = dependencyOf(task, used);
        const file = await this.files.find(id, used.file, await this.store.readDocument(id));
        if (file === null) return;
        const { name, size: sizeBytes, sha256 } = file;
        const url = `${base}/${id}/files/${encodeURIComponent(name)}`;
        const facts = { name, url, sha256, sizeBytes };
        found.set(id, (found.get(id) ?? new Map<string, ArtifactFacts>()).set(name, facts));
      }),
    );
    return found;
  }

  /** What is known of those of these files that are of the task's dependencies, and there. */
  async given(task: Task, files: readonly FileOfTask[]): Promise<ReadonlyMap<TaskId, GivenFile[]>> {
    const given = new Map<TaskId, GivenFile[]>();
    const ids = new Set(task.dependsOn.map(({ taskId }) => taskId));
    const wanted = new Map(
      files.filter(({ taskId }) => ids.has(taskId)).map((file) => [`${file.taskId}/${file.name}`, file]),
    );
    for (const { taskId, name } of wanted.values()) {
      const file = await this.files.find(taskId, name, await this.store.readDocument(taskId));
      if (file === null) continue;
      const { size: sizeBytes, sha256 } = file;
      given.set(taskId, [...(given.get(taskId) ?? []), { name, sizeBytes, sha256 }]);
    }
    return given;
  }

  async missing(task: Task): Promise<MissingFile[]> {
    const missing = await Promise.all(task.usesFiles.map((used) => this.missingFile(task, used)));
    return missing.filter((file) => file !== null);
  }

  private async missingFile(task: Task, used: UsedFile): Promise<MissingFile | null> {
    const taskId = dependencyOf(task, used);
    const document = await this.store.readDocument(taskId);
    if ((await this.files.find(taskId, used.file, document)) !== null) return null;
    const { files, leftOut } = await this.files.survey(taskId, document);
    const there = files.map(({ name }) => name);
    // It came, or was finished, in between.
    if (there.includes(used.file)) return null;
    const unfinished = leftOut.some(({ name, why }) => name === used.file && why === 'unfinished');
    return { ...used, taskId, there, unfinished };
  }

  /** By which address a worker gets files: ours as it is set, else the one at which its document delivers. */
  private resultsUrl(document: TaskDocument): string {
    const said = this.config.baseUrlIsSet ? null : ownResultsUrl(document);
    return said ?? `${this.config.baseUrl}${RESULTS_PATH}`;
  }
}

function dependencyOf(task: Task, { name }: UsedFile): TaskId {
  const dependency = task.dependsOn.find((each) => each.name === name);
  if (dependency === undefined)
    throw new Error(`task ${task.id} uses files of ${name}, which it does not depend on`);
  return dependency.taskId;
}
