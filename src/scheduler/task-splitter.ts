/** Turns a task into shards, each a task of its own. */
import { Injectable, Logger } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { networkInterfaces } from 'node:os';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { trustedTaskId, type TaskId } from '../core/ids';
import type { Task, TaskDocument } from '../core/model';
import { fits } from '../core/placement/fit';
import { crossHostRefusal } from '../core/shard/cross-host';
import { destinationOf, isLoopback, isOurDestination } from '../core/wire/destination';
import { planSplit, type SplitPlan } from '../core/shard/plan';
import { shardDestination, splitDocument } from '../core/shard/split';
import { ok, type Result } from '../core/errors';
import { resolveDocument } from '../core/template/resolve';
import { escapePlaceholders } from '../core/template/strings';
import { Metrics } from '../metrics/metrics';
import { ResultIntake } from '../results/result-intake';
import { KnownTasks } from '../tasks/known-tasks';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { TaskNotes } from '../tasks/task-notes';
import { logLost } from '../tasks/log-tasks';
import { TaskStore } from '../tasks/task.store';
import { WorkerRegistry } from '../workers/worker-registry';
import { unresolved, type Doom } from './doom';
import { TaskInputs } from './task-inputs';
import { logFault } from '../redis/log-fault';

@Injectable()
export class TaskSplitter {
  private readonly logger = new Logger(TaskSplitter.name);

  constructor(
    private readonly store: TaskStore,
    private readonly known: KnownTasks,
    private readonly lifecycle: TaskLifecycle,
    private readonly notes: TaskNotes,
    private readonly inputs: TaskInputs,
    private readonly intake: ResultIntake,
    private readonly registry: WorkerRegistry,
    private readonly metrics: Metrics,
    private readonly config: AppConfig,
  ) {}

  /**
   * How far a task can be spread.
   * @returns a plan, or why it runs whole; a `Doom` when its data names a result that is not there
   */
  async plan(task: Task, document: TaskDocument): Promise<Result<Result<SplitPlan, string>, Doom>> {
    const whole = await this.withData(task, document);
    return whole.ok ? ok(planSplit(whole.value, { maxAutoShards: this.config.maxAutoShards })) : whole;
  }

  /**
   * 'gone': it is split, or not ours to split any more. 'refused': it has to run whole, and its record says why.
   * 'postponed': Redis is away, the task is as it was.
   */
  async split(id: TaskId, total: number): Promise<'gone' | 'refused' | 'postponed'> {
    try {
      const isUnsent = this.known.isUnsent(id);
      const known = this.known.get(id);
      const [task, document] = await Promise.all([known ?? this.store.read(id), this.store.readDocument(id)]);
      if (task === null || document === null) {
        logLost(this.logger, [id]);
        return 'gone';
      }
      // A Redis that lost writes may not know of an aggregate that is here.
      if (!isUnsent && (await this.intake.adopt(task))) return 'gone';
      const whole = await this.withData(task, document);
      if (!whole.ok) {
        await this.lifecycle.apply(id, { kind: 'doomed', ...whole.error });
        return 'gone';
      }
      const refusal = this.crossHostRefusal(task, document);
      if (refusal !== null) {
        await this.notes.explain(id, refusal);
        return 'refused';
      }
      const shards = splitDocument(whole.value, id, total, (shard) =>
        shardDestination(shard, this.config.baseUrl, this.entryHeaders()),
      );
      crashPoint('split.before');
      const [answer] = await this.lifecycle.split(
        task,
        shards.map((shard, index) => ({
          id: trustedTaskId(randomUUID()),
          task: {
            ...task,
            name: shard.metadata.name,
            nodeName: null,
            parallel: false,
            shard: { index, total },
          },
          document: shard,
        })),
      );
      crashPoint('split.after');
      if (answer === 'not_leader') return 'postponed';
      if (answer === 'task_changed') {
        this.known.forget(id);
        // Not as it was known here: it is looked at again, as it is.
        return known === null ? 'gone' : 'postponed';
      }
      this.metrics.tasksSplit.inc();
      this.logger.debug({ task_id: id, shards: total }, 'split');
      return 'gone';
    } catch (error) {
      logFault(this.logger, error, 'split put off', { task_id: id });
      return 'postponed';
    }
  }

  /**
   * The document with `spec.data` resolved, since that is what is cut. The rest keeps its placeholders for the shards'
   * own dispatches, and what was put in is escaped, so that it is not read as a template then.
   */
  private async withData(task: Task, document: TaskDocument): Promise<Result<TaskDocument, Doom>> {
    const { data } = document.spec;
    if (task.dependsOn.length === 0 || data === undefined) return ok(document);
    const loaded = await this.inputs.load(task, document);
    if (!loaded.ok) return loaded;
    const only: TaskDocument = { ...document, spec: { taskType: document.spec.taskType, data } };
    const resolved = resolveDocument(only, loaded.value.byName, {
      hasDependencies: true,
      signUrl: (url) => url,
    });
    if (!resolved.ok) return { ok: false, error: unresolved(resolved.error) };
    const cut = resolved.value.spec.data;
    return ok(
      cut === undefined
        ? document
        : { ...document, spec: { ...document.spec, data: escapePlaceholders(cut) } },
    );
  }

  /** A document that itself says by which address we are reached does not depend on ours. */
  private crossHostRefusal(task: Task, document: TaskDocument): string | null {
    if (this.config.baseUrlIsSet) return null;
    const destination = destinationOf(document);
    if (isOurDestination(destination) && !isLoopback(destination)) return null;
    const addresses = Object.values(networkInterfaces()).flatMap((list) =>
      (list ?? []).map(({ address }) => address),
    );
    const fitting = [...this.registry.all()].filter(({ report }) => fits(task.resources, report.hardware));
    return crossHostRefusal(
      addresses,
      fitting.map(({ id, report }) => ({ id, ip: report.hardware.ip })),
    );
  }

  /** A shard whose parent delivers elsewhere brings no way in of its own. */
  private entryHeaders(): Record<string, string> {
    const [token] = this.config.tokens;
    return token === undefined ? {} : { Authorization: `Bearer ${token}` };
  }
}
