/** Puts the results of all shards together into the result of their parent. */
import { MULTI_WORKER, type TaskId, type WorkerId } from '../ids';
import { isObject, type JsonObject, type JsonValue } from '../json';
import type { Envelope } from '../model';

/** Deeper nests of numbers are no usage; the limit keeps a hostile result from exhausting the stack. */
const MAX_DEPTH = 16;

/**
 * The parent's envelope: all child envelopes, and `merged`: all items in order, usage numbers summed (also within
 * nested maps), the model, or the list of models when they differ. What a shard does not have is left out.
 * @param shards envelopes in shard order
 * @param receivedAt ISO 8601 time of the last shard's commit
 */
export function mergeShards(parentId: TaskId, shards: readonly Envelope[], receivedAt: string): Envelope {
  const results = shards.map(({ result }): JsonObject => (isObject(result) ? result : {}));
  const items = results.flatMap(({ items }) => (Array.isArray(items) ? items : []));
  const merged: JsonObject = { items, ...mergeFigures(results) };
  return {
    ...aggregateHead(parentId, shards.length, receivedAt),
    result: { shards: [...shards], merged },
  };
}

/** What the envelope of a parent says beside its result. */
export function aggregateHead(
  parentId: TaskId,
  shards: number,
  receivedAt: string,
): { task_id: TaskId; worker_id: WorkerId; metadata: JsonObject; received_at: string } {
  return {
    task_id: parentId,
    worker_id: MULTI_WORKER,
    metadata: { aggregated: true, shards },
    received_at: receivedAt,
  };
}

/** What of `merged` stands behind the items, in the order in which it stands there. */
export function mergeFigures(results: readonly { usage?: JsonValue; model?: JsonValue }[]): {
  usage: JsonObject;
  model: JsonValue;
} {
  return {
    usage: sumNumbers(results.map(({ usage }) => usage)),
    model: oneOrList(results.map(({ model }) => model)),
  };
}

/** Sums number by number over maps of numbers; anything else in them is left out. */
function sumNumbers(values: readonly (JsonValue | undefined)[], depth = 0): JsonObject {
  const sums = new Map<string, number>();
  const nested = new Map<string, JsonObject[]>();
  for (const value of values) {
    if (!isObject(value)) continue;
    for (const [key, entry] of Object.entries(value)) {
      if (typeof entry === 'number' && Number.isFinite(entry)) sums.set(key, (sums.get(key) ?? 0) + entry);
      if (!isObject(entry) || depth >= MAX_DEPTH) continue;
      const maps = nested.get(key);
      if (maps === undefined) nested.set(key, [entry]);
      else maps.push(entry);
    }
  }
  for (const key of sums.keys()) nested.delete(key); // a number in one shard and a map in another: the number counts
  // fromEntries defines its keys, so that a key named __proto__ stays a key.
  return Object.fromEntries<JsonValue>([
    ...sums,
    ...[...nested].map(([key, maps]): [string, JsonObject] => [key, sumNumbers(maps, depth + 1)]),
  ]);
}

/** null when nobody names one, the value when all who do agree, else the distinct ones in shard order. */
function oneOrList(values: readonly (JsonValue | undefined)[]): JsonValue {
  const distinct = new Map<string, JsonValue>();
  for (const value of values) {
    if (value !== undefined && value !== null) distinct.set(JSON.stringify(value), value);
  }
  const found = [...distinct.values()];
  return found.length > 1 ? found : (found[0] ?? null);
}
