/** Whether an inference task can be spread over several workers, and over how many; if not, why. */
import { err, ok, type Result } from '../errors';
import { isObject, type JsonObject, type JsonValue } from '../json';
import type { TaskDocument } from '../model';
import { readSplit, shareOf, type SplitRange, spanOf } from './split-range';

export interface SplitPlan {
  /** Most shards that the data allows: whole percents, rows or items; Infinity when the executor shares it out. */
  span: number;
  /** Most shards in all: the span, capped by `parallel.max_shards` or the default. At least 2. */
  maxShards: number;
}

/** What is cut to make the shards. */
export type Material =
  | { kind: 'split'; range: SplitRange }
  | { kind: 'items'; items: readonly JsonValue[] }
  /** Nothing is cut: `spec.shard` says which part. */
  | { kind: 'shard' };

/** Whether the document asks for data-parallel inference at all. A task that does not is no candidate, and needs no reason. */
export function isParallel(document: TaskDocument): boolean {
  const { parallel, taskType } = document.spec;
  return taskType === 'inference' && isObject(parallel) && parallel.enabled === true;
}

/**
 * How far a document can be split. The error is a sentence for the task's `reason`.
 * @param options `maxAutoShards`: the cap when the document gives none
 */
export function planSplit(
  document: TaskDocument,
  options: { maxAutoShards: number },
): Result<SplitPlan, string> {
  if (!isParallel(document)) return err('not split: it is not inference with parallel.enabled');
  if (isShard(document)) return err('not split: it is a shard itself');
  const material = materialOf(document);
  if (!material.ok) return err(`not split: ${material.error}`);
  const span = spanOfMaterial(material.value);
  if (span < 2) return err(`not split: ${tooNarrow(material.value)}`);
  const cap = capOf(document, options.maxAutoShards);
  if (cap < 2) return err('not split: at most one shard is allowed');
  return ok({ span, maxShards: Math.min(span, cap) });
}

/** What of the document's data is cut, or why nothing can be. */
export function materialOf(document: TaskDocument): Result<Material, string> {
  const data: JsonObject = isObject(document.spec.data) ? document.spec.data : {};
  const byShard = isObject(document.spec.parallel) && document.spec.parallel.by === 'shard';
  if (data.type === 'list') {
    if (Array.isArray(data.items)) return ok({ kind: 'items', items: data.items });
    return byShard ? ok({ kind: 'shard' }) : err('data.type is list, but data.items is no list');
  }
  if (typeof data.split === 'string') {
    const range = readSplit(data.split);
    if (range.ok) return ok({ kind: 'split', range: range.value });
    return byShard ? ok({ kind: 'shard' }) : range;
  }
  if (byShard) return ok({ kind: 'shard' });
  return err(
    'its data has neither a split nor a list of items, and parallel.by is not shard, so every shard would do all the work',
  );
}

function spanOfMaterial(material: Material): number {
  switch (material.kind) {
    case 'split':
      return spanOf(material.range);
    case 'items':
      return material.items.length;
    case 'shard':
      return Infinity;
  }
}

function tooNarrow(material: Material): string {
  if (material.kind !== 'split') return 'data.items has fewer than two items';
  const parts = material.range.unit === '%' ? 'whole percents' : 'rows';
  return `data.split "${shareOf(material.range, 0, 1)}" has no ${parts} to share`;
}

/** A value that is no whole number above zero is no cap; submission has refused it before. */
function capOf(document: TaskDocument, byDefault: number): number {
  const asked = isObject(document.spec.parallel) ? Number(document.spec.parallel.max_shards ?? NaN) : NaN;
  return Number.isSafeInteger(asked) && asked > 0 ? asked : byDefault;
}

function isShard(document: TaskDocument): boolean {
  return isObject(document.spec.shard) && typeof document.spec.shard.parent_task_id === 'string';
}
