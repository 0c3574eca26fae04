/**
 * `taskType: report`: turns the classified rows of an evaluation into accuracy and confusion matrix.
 * `spec.report.evaluation` is the result of the stage before (whole, or merged from shards).
 */
import { ConfusionMatrix } from 'ml-confusion-matrix';
import { CLASSES } from '../model/digits';
import { isObject, type JsonObject, type JsonValue, objectAt } from '../protocol';
import type { TaskContext } from './executor';

export function report({ spec, log }: TaskContext): Promise<JsonObject> {
  const input = objectAt(spec, 'report');
  const summary = summarize(objectAt(input, 'evaluation'));
  log(`accuracy ${summary.accuracy.toFixed(4)}`);
  return Promise.resolve({ ...summary, training: input.training ?? null });
}

interface Summary {
  /** Share of rows classified rightly, 0 to 1. */
  accuracy: number;
  correct: number;
  total: number;
  /** How many parts the evaluation was done in. */
  shards: number;
  /** Rows are the digits shown, columns the digits predicted. */
  confusion_matrix: number[][];
}

/** Counts over the items of an evaluation's result. Throws when there is nothing to count. */
export function summarize(evaluation: JsonObject): Summary {
  const { shards } = evaluation;
  const items = (isObject(evaluation.merged) ? evaluation.merged : evaluation).items;
  const pairs = (Array.isArray(items) ? items : []).map(readItem);
  if (pairs.length === 0) throw new Error('the evaluation holds no classified rows');
  const distinct = new Set(pairs.map(({ row }) => row)).size;
  if (distinct !== pairs.length) throw new Error('the evaluation classifies some rows more than once');

  const matrix = ConfusionMatrix.fromLabels(
    pairs.map(({ label }) => label),
    pairs.map(({ predicted }) => predicted),
    { labels: Array.from({ length: CLASSES }, (_, digit) => digit) },
  );
  return {
    accuracy: matrix.getAccuracy(),
    correct: matrix.getTrueCount(),
    total: matrix.getTotalCount(),
    shards: Array.isArray(shards) ? shards.length : 1,
    confusion_matrix: matrix.getMatrix(),
  };
}

function readItem(item: JsonValue): { row: number; label: number; predicted: number } {
  if (isObject(item)) {
    const { row, label, predicted } = item;
    if (typeof row === 'number' && typeof label === 'number' && typeof predicted === 'number') {
      return { row, label, predicted };
    }
  }
  throw new Error(`the evaluation holds ${JSON.stringify(item)}, which is no classified row`);
}
