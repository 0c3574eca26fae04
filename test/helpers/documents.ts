/** Builders of task documents: a legal document to start from, and one verb for each thing a test cares about. */
import { stringify } from 'yaml';

type Fields = Record<string, unknown>;

/** How the simulated worker runs the task; see the simulator's executor. */
export interface Simulation {
  sleepMs?: number;
  gate?: string;
  fail?: 'once' | 'always' | `on:${string}`;
  kill?: 'always' | `on:${string}`;
  hang?: boolean;
  /** Result and files say which attempt made them. */
  sign?: boolean;
  result?: unknown;
  echo?: unknown;
  upload?: { name: string; sizeBytes: number };
  datasetSize?: number;
  /** Outputs of inference have at least so many characters. */
  padTo?: number;
  loseEvent?: boolean;
  loseIdle?: boolean;
  /** It says IDLE so long after its last word on the task. */
  idleAfterMs?: number;
}

export interface Part {
  name?: string;
  id?: string;
  spec?: Fields;
  dependsOn?: readonly string[];
}

export class TaskBuilder {
  private metadata: Fields = { name: 'a-task' };
  private body: Fields = {
    taskType: 'echo',
    resources: { replicas: 1, hardware: { cpu: '1', memory: '1GiB' } },
  };

  named(name: string): this {
    this.metadata = { ...this.metadata, name };
    return this;
  }

  ofType(taskType: string): this {
    return this.with({ taskType });
  }

  cpu(cpu: string | number): this {
    return this.hardware({ cpu });
  }

  memory(memory: string | number): this {
    return this.hardware({ memory });
  }

  gpu(count: number, type = 'any', memory?: string): this {
    return this.hardware({ gpu: { count, type, ...(memory === undefined ? {} : { memory }) } });
  }

  replicas(replicas: number): this {
    return this.with({ resources: { ...(this.body.resources as Fields), replicas } });
  }

  /** Depends on tasks that exist already. */
  after(...ids: readonly string[]): this {
    return this.with({ dependsOn: ids });
  }

  simulate(simulation: Simulation): this {
    return this.with({ simulate: simulation });
  }

  /** The result is posted over HTTP. */
  deliverTo(url: string, token?: string): this {
    const headers = {
      'Content-Type': 'application/json',
      ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
    };
    return this.with({ output: { destination: { type: 'http', url, headers } } });
  }

  /** The result stays in the results directory, below `path`. */
  keepAt(path: string): this {
    return this.with({ output: { destination: { type: 'local', path } } });
  }

  /** What it has stored is deleted so long after its end. */
  keptForDays(ttlDays: number): this {
    return this.with({ output: { ...(this.body.output as Fields), ttlDays } });
  }

  retry(policy: { maxRetries?: number; baseDelaySec?: number; maxDelaySec?: number }): this {
    return this.with({ retry: policy });
  }

  /** Inference over a list, spread over at most so many workers. */
  overItems(items: readonly unknown[], maxShards?: number): this {
    return this.ofType('inference')
      .with({ data: { type: 'list', items } })
      .inParallel(maxShards);
  }

  /** Inference over a piece of a data set of so many rows. */
  overSplit(split: string, datasetSize: number, maxShards?: number): this {
    return this.ofType('inference')
      .with({ data: { type: 'dataset', url: 'simulated', split }, simulate: { datasetSize } })
      .inParallel(maxShards);
  }

  stages(...stages: readonly Part[]): this {
    return this.with({ stages });
  }

  graph(...nodes: readonly Part[]): this {
    return this.with({ graph: { nodes } });
  }

  /** Sets keys of `spec` as they are. */
  with(fields: Fields): this {
    this.body = { ...this.body, ...fields };
    return this;
  }

  toObject(): Fields {
    return { apiVersion: 'v1', kind: 'Task', metadata: this.metadata, spec: this.body };
  }

  toYaml(): string {
    return stringify(this.toObject(), { aliasDuplicateObjects: false, version: '1.1' });
  }

  private inParallel(maxShards: number | undefined): this {
    return this.with({
      parallel: { enabled: true, ...(maxShards === undefined ? {} : { max_shards: maxShards }) },
    });
  }

  private hardware(fields: Fields): this {
    const resources = this.body.resources as { hardware: Fields };
    return this.with({ resources: { ...resources, hardware: { ...resources.hardware, ...fields } } });
  }
}

export const aTask = (name = 'a-task'): TaskBuilder => new TaskBuilder().named(name);
