/**
 * Multinomial logistic regression by mini-batch gradient descent with momentum. Training starts at zero and takes
 * the rows in their order, so the same data and settings give the same model, bit by bit.
 */
import { setImmediate as nextTick } from 'node:timers/promises';
import { Matrix } from 'ml-matrix';
import { CLASSES, FEATURES, type LabelledRow } from './digits';

export interface TrainingSettings {
  epochs: number;
  batchSize: number;
  learningRate: number;
  momentum: number;
}

/** One row per feature, one column per class. */
export interface SoftmaxModel {
  weights: number[][];
}

interface Batch {
  inputs: Matrix;
  inputsTransposed: Matrix;
  targets: Matrix;
}

/**
 * Trains a model. Gives the event loop a turn after every epoch, so that heartbeats go out meanwhile.
 * `onEpoch` hears the mean cross-entropy over the rows; throws what `signal` was aborted with.
 */
export async function trainSoftmax(
  rows: readonly LabelledRow[],
  settings: TrainingSettings,
  signal: AbortSignal,
  onEpoch: (epoch: number, loss: number) => void = () => undefined,
): Promise<SoftmaxModel> {
  const batches = toBatches(rows, settings.batchSize);
  const weights = Matrix.zeros(FEATURES, CLASSES);
  const velocity = Matrix.zeros(FEATURES, CLASSES);
  for (let epoch = 1; epoch <= settings.epochs; epoch += 1) {
    let loss = 0;
    for (const { inputs, inputsTransposed, targets } of batches) {
      const probabilities = softmax(inputs.mmul(weights));
      loss += crossEntropy(probabilities, targets);
      const gradient = inputsTransposed.mmul(probabilities.sub(targets));
      velocity.mul(settings.momentum).sub(gradient.mul(settings.learningRate / inputs.rows));
      weights.add(velocity);
    }
    onEpoch(epoch, loss / rows.length);
    await nextTick();
    signal.throwIfAborted();
  }
  return { weights: weights.to2DArray() };
}

/** The most likely class of every row. */
export function predict(model: SoftmaxModel, rows: readonly LabelledRow[]): number[] {
  if (rows.length === 0) return [];
  const scores = new Matrix(rows.map(({ features }) => features)).mmul(new Matrix(model.weights));
  return rows.map((_, row) => scores.maxRowIndex(row)[1]);
}

function toBatches(rows: readonly LabelledRow[], size: number): Batch[] {
  const batches: Batch[] = [];
  for (let start = 0; start < rows.length; start += size) {
    const part = rows.slice(start, start + size);
    const inputs = new Matrix(part.map(({ features }) => features));
    const targets = Matrix.zeros(part.length, CLASSES);
    part.forEach(({ label }, row) => targets.set(row, label, 1));
    batches.push({ inputs, inputsTransposed: inputs.transpose(), targets });
  }
  return batches;
}

/** Scores to probabilities, in place; the row maximum is taken off first, so that no exponential overflows. */
function softmax(scores: Matrix): Matrix {
  scores.subColumnVector(scores.max('row')).exp();
  return scores.divColumnVector(scores.sum('row'));
}

function crossEntropy(probabilities: Matrix, targets: Matrix): number {
  let sum = 0;
  for (let row = 0; row < targets.rows; row += 1) {
    for (let column = 0; column < targets.columns; column += 1) {
      if (targets.get(row, column) === 1) sum -= Math.log(Math.max(probabilities.get(row, column), 1e-12));
    }
  }
  return sum;
}
