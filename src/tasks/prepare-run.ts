/**
 * From a document's text to everything that is written of its tasks, or every mistake in it. Pure but for the ids that it
 * draws, and plain values in and out, so that it can run in a thread of its own.
 */
import { randomUUID } from 'node:crypto';
import type { Issue } from '../core/errors';
import { trustedTaskId, type TaskId } from '../core/ids';
import { timeoutSecOf } from '../core/lifecycle/deadline';
import { ttlSecOf } from '../core/retention';
import type { Dependency, ReadyTask, TaskDocument } from '../core/model';
import { isParallel } from '../core/shard/plan';
import { expandDocument, type ExpandLimits, externalIds, type TaskDraft } from '../core/spec/expand';
import type { ExternalTask } from '../core/spec/link';
import { parseDocument } from '../core/spec/parse';
import { readPlain } from '../core/spec/read-plain';
import type { SpanPlace } from '../core/trace/trace-context';
import { toFields } from './task-hash';

export interface PreparationSettings extends ExpandLimits {
  taskTimeoutsSec: ReadonlyMap<string, number>;
  priorityAgingSec: number;
}

export interface Preparation {
  text: string;
  /** The client's span, which the tasks keep. */
  clientTrace: SpanPlace | null;
  settings: PreparationSettings;
  /** Tasks of earlier documents that this one names, and their ancestors; null: not looked up yet. */
  externals: ReadonlyMap<TaskId, ExternalTask> | null;
}

export interface PreparedTask {
  id: TaskId;
  name: string;
  waitsFor: TaskId[];
  maxRetries: number;
  /** Alternating names and values of its hash. */
  fields: string[];
  document: TaskDocument;
  documentChars: number;
  placement: Pick<ReadyTask, 'resources' | 'usesResults' | 'isParallel'> & { priorityUs: number };
}

export type Prepared =
  | { kind: 'mistakes'; issues: Issue[] }
  /** Tasks that have to be looked up first. */
  | { kind: 'externals'; ids: TaskId[] }
  /** In document order. `tasksJson`: as submit-run takes it. */
  | { kind: 'ready'; tasks: PreparedTask[]; tasksJson: string; externalIds: TaskId[] };

/** @param plain what `readPlain` gives for the text, for who has it already */
export function prepareRun(
  { text, settings, externals, clientTrace }: Preparation,
  plain = readPlain(text),
): Prepared {
  const parsed = parseDocument(text, plain);
  if (!parsed.ok) return { kind: 'mistakes', issues: parsed.error };
  const roots = externalIds(parsed.value);
  if (roots.length > 0 && externals === null) return { kind: 'externals', ids: roots };
  const expanded = expandDocument(parsed.value, externals ?? new Map(), settings);
  if (!expanded.ok) return { kind: 'mistakes', issues: expanded.error };
  return ready(expanded.value, settings, clientTrace);
}

function ready(
  drafts: readonly TaskDraft[],
  settings: PreparationSettings,
  clientTrace: SpanPlace | null,
): Prepared {
  const ids = drafts.map(() => trustedTaskId(randomUUID()));
  const tasks: PreparedTask[] = [];
  const written: Record<string, unknown>[] = [];
  for (const [index, draft] of drafts.entries()) {
    const id = idOf({ kind: 'draft', index }, ids);
    const dependsOn = draft.dependsOn.map(({ name, on }): Dependency => ({ name, taskId: idOf(on, ids) }));
    const waitsFor = dependsOn.map(({ taskId }) => taskId);
    const timeoutSec = timeoutSecOf(draft.document, settings.taskTimeoutsSec);
    const parallel = isParallel(draft.document);
    // Named one by one: spreading the draft would cost many times as much.
    const { name, nodeName, taskType, resources, replicas, priority, retry, uses, usesFiles } = draft;
    const fields = toFields({
      clientTrace,
      name,
      nodeName,
      taskType,
      resources,
      replicas,
      priority,
      retry,
      uses,
      usesFiles,
      dependsOn,
      parallel,
      timeoutSec,
      ttlSec: ttlSecOf(draft.document),
    });
    const document = JSON.stringify(draft.document);
    const priorityUs = Math.round(priority * settings.priorityAgingSec * 1_000_000);
    written.push({ id, fields, document, priority_us: priorityUs, waits_for: waitsFor });
    tasks.push({
      id,
      name,
      waitsFor,
      maxRetries: retry.maxRetries,
      fields,
      document: draft.document,
      documentChars: document.length,
      placement: {
        resources,
        usesResults: uses.length > 0 || usesFiles.length > 0,
        isParallel: parallel,
        priorityUs,
      },
    });
  }
  const outside = drafts.flatMap(({ dependsOn }) =>
    dependsOn.flatMap(({ on }) => (on.kind === 'task' ? [on.id] : [])),
  );
  const externalIds = [...new Set(outside)];
  return { kind: 'ready', tasks, tasksJson: JSON.stringify(written), externalIds };
}

function idOf(on: TaskDraft['dependsOn'][number]['on'], ids: readonly TaskId[]): TaskId {
  const id = on.kind === 'task' ? on.id : ids[on.index];
  if (id === undefined) throw new Error('a draft depends on a draft that does not exist');
  return id;
}
