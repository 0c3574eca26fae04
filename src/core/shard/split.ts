/** Cuts a document into shards: disjoint, in order, together exactly the whole. */
import type { TaskId } from '../ids';
import { isObject, type JsonObject } from '../json';
import type { TaskDocument } from '../model';
import { isOurDestination } from '../wire/destination';
import { materialOf, type Material } from './plan';
import { cut, shareOf } from './split-range';

/** Rewrites a shard's document so that its result comes here. */
type RewriteDestination = (document: TaskDocument) => TaskDocument;

/** The name of a shard: its parent's and its number, counted from 0. */
const shardName = (parentName: string, index: number): string => `${parentName}#${String(index)}`;

/**
 * The documents of all shards, in order. The parent's stays as it is.
 * @param total as `planSplit` allows it; the caller has asked it, so a document that cannot be split is a mistake
 *   in the program
 * @throws RangeError when the data has fewer than `total` parts
 */
export function splitDocument(
  document: TaskDocument,
  parentId: TaskId,
  total: number,
  rewriteDestination: RewriteDestination = (shard) => shard,
): TaskDocument[] {
  const material = materialOf(document);
  if (!material.ok) throw new RangeError(material.error);
  return Array.from({ length: total }, (_, index) => {
    const shard = { index, total, parent_task_id: parentId };
    return rewriteDestination({
      ...document,
      metadata: { ...document.metadata, name: shardName(document.metadata.name, index) },
      spec: { ...document.spec, ...sliceOf(document, material.value, index, total), shard },
    });
  });
}

/** The keys of `spec` that differ from the parent's. */
function sliceOf(document: TaskDocument, material: Material, index: number, total: number): JsonObject {
  if (material.kind === 'shard') return {};
  const data = isObject(document.spec.data) ? document.spec.data : {};
  const span = material.kind === 'items' ? material.items.length : material.range.to - material.range.from;
  if (total > span) throw new RangeError(`${String(total)} shards of ${String(span)} parts`);
  if (material.kind === 'split') return { data: { ...data, split: shareOf(material.range, index, total) } };
  const items = material.items.slice(cut(span, index, total), cut(span, index + 1, total));
  return { data: { ...data, items } };
}

/**
 * A shard must deliver here whatever its parent does: it keeps a destination of ours, any other is replaced.
 * @param baseUrl where workers reach us, without a trailing slash
 * @param headers those that let the shard in, such as Authorization
 */
export function shardDestination(
  document: TaskDocument,
  baseUrl: string,
  headers: Readonly<Record<string, string>>,
  isOurs: typeof isOurDestination = isOurDestination,
): TaskDocument {
  const output: JsonObject = isObject(document.spec.output) ? document.spec.output : {};
  if (isOurs(output.destination)) return document;
  const destination = {
    type: 'http',
    url: `${baseUrl}/api/v1/results`,
    headers: { ...headers },
    timeoutSec: 15,
  };
  return { ...document, spec: { ...document.spec, output: { ...output, destination } } };
}
