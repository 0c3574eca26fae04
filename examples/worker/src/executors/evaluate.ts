/**
 * `taskType: inference`: fetches the trained model (`spec.checkpoint.load.url` or `.path`) and classifies its share
 * of the digits: the rows of `spec.data.split` (default `test`), or `spec.data.items`, a list of row numbers.
 */
import { readFile } from 'node:fs/promises';
import { unpackModel } from '../model/archive';
import { type LabelledRow, loadRows, splitSize } from '../model/digits';
import { predict } from '../model/softmax';
import { type JsonObject, objectAt } from '../protocol';
import { download } from '../http';
import { digitSlice } from './digit-slice';
import type { TaskContext } from './executor';

export async function evaluate({ spec, signal, log }: TaskContext): Promise<JsonObject> {
  const model = unpackModel(await fetchArchive(objectAt(objectAt(spec, 'checkpoint'), 'load'), signal));
  const rows = selectRows(spec);
  log(`classifies ${String(rows.length)} digits`);
  const predicted = predict(model, rows);
  const items = rows.map(({ row, label }, index) => ({ row, label, predicted: predicted[index] ?? null }));
  const correct = items.filter((item) => item.predicted === item.label).length;
  return { model: 'mnist-softmax', items, usage: { rows: rows.length, correct } };
}

async function fetchArchive(load: JsonObject, signal: AbortSignal): Promise<Uint8Array> {
  const location = load.url ?? load.path;
  if (typeof location !== 'string') {
    throw new Error('spec.checkpoint.load names neither a url nor a path to fetch the model from');
  }
  if (!/^https?:/.test(location)) return readFile(location);
  const headers = Object.entries(objectAt(load, 'headers')).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value] as const] : [],
  );
  return download(location, Object.fromEntries(headers), signal);
}

function selectRows(spec: JsonObject): LabelledRow[] {
  const data = objectAt(spec, 'data');
  if (data.type !== 'list') {
    const { split, from, to } = digitSlice(spec, 'test');
    return loadRows(split, from, to);
  }
  const all = loadRows('test', 0, splitSize('test'));
  return (Array.isArray(data.items) ? data.items : []).map((item) => {
    const row = typeof item === 'number' ? all[item] : undefined;
    if (row) return row;
    throw new Error(`data.items holds ${JSON.stringify(item)}, which is no row of the test split`);
  });
}
