/** What a task is given of its dependencies: their stored envelopes, under every name by which a template may call them. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { err, ok, type Result } from '../core/errors';
import type { TaskId } from '../core/ids';
import type { Dependency, Envelope, Task, TaskDocument } from '../core/model';
import { templateNames } from '../core/spec/naming';
import { ofUnknown, ResultStore } from '../results/result.store';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskStore } from '../tasks/task.store';
import { tooLarge, type Doom } from './doom';

export interface Inputs {
  /** Direct dependencies by the name in `_upstreamResults`; null where there is no result. */
  direct: Map<string, Envelope | null>;
  /** The same under every name, the full names and ids of tasks from other documents included. */
  byName: Map<string, Envelope | null>;
}

@Injectable()
export class TaskInputs {
  constructor(
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly results: ResultStore,
    private readonly config: AppConfig,
  ) {}

  async load(task: Task): Promise<Result<Inputs, Doom>> {
    try {
      return ok(await this.read(task));
    } catch (error) {
      return err(tooLarge(error));
    }
  }

  private async read(task: Task): Promise<Inputs> {
    const loaded = await Promise.all(
      task.dependsOn.map((dependency) => this.envelopeOf(dependency, task.uses.includes(dependency.name))),
    );
    const names = templateNames(
      task.dependsOn.map((dependency, i) => ({
        ...dependency,
        taskName: loaded[i]?.upstream?.name ?? dependency.name,
      })),
    );
    const envelopes = new Map(task.dependsOn.map(({ taskId }, i) => [taskId, loaded[i]?.envelope ?? null]));
    const envelopeOf = (id: TaskId): Envelope | null => envelopes.get(id) ?? null;
    return {
      direct: new Map(task.dependsOn.map(({ name, taskId }) => [name, envelopeOf(taskId)])),
      byName: new Map([...names].map(([name, id]) => [name, envelopeOf(id)])),
    };
  }

  /** Dependencies whose result the document uses and that have none yet. */
  async missing(task: Task): Promise<Dependency[]> {
    const used = task.dependsOn.filter(({ name }) => task.uses.includes(name));
    const there = await Promise.all(used.map((dependency) => this.hasResult(dependency)));
    return used.filter((_, i) => there[i] !== true);
  }

  private async hasResult({ taskId }: Dependency): Promise<boolean> {
    const [upstream, document] = await this.upstreamOf(taskId);
    return this.results.has(upstream ?? ofUnknown(taskId), document);
  }

  /** One that the document does not use is left out when it would not fit into a message anyway. */
  private async envelopeOf(
    { taskId }: Dependency,
    isUsed: boolean,
  ): Promise<{ upstream: Task | null; envelope: Envelope | null }> {
    const [upstream, document] = await this.upstreamOf(taskId);
    const atMostBytes = isUsed ? Infinity : this.config.maxMessageBytes;
    return {
      upstream,
      envelope: await this.results.read(upstream ?? ofUnknown(taskId), document, atMostBytes),
    };
  }

  private upstreamOf(id: Dependency['taskId']): Promise<[Task | null, TaskDocument | null]> {
    return Promise.all([this.known.doneOne(id) ?? this.store.read(id), this.store.readDocument(id)]);
  }
}
