/**
 * `taskType: train`: fits a digit classifier and hands over `final_model.zip`.
 * Reads `spec.data.split` (default `train`) and `spec.training.{epochs,batch_size,learning_rate,momentum}`.
 */
import { ARCHIVE_NAME, packModel } from '../model/archive';
import { loadRows } from '../model/digits';
import { predict, trainSoftmax, type TrainingSettings } from '../model/softmax';
import type { JsonObject } from '../protocol';
import { objectAt } from '../protocol';
import { digitSlice } from './digit-slice';
import type { TaskContext } from './executor';

export async function train({ spec, signal, log, publishFile }: TaskContext): Promise<JsonObject> {
  const slice = digitSlice(spec, 'train');
  const settings = readSettings(objectAt(spec, 'training'));
  const rows = loadRows(slice.split, slice.from, slice.to);
  log(`trains on ${String(rows.length)} digits`);

  let finalLoss = 0;
  const model = await trainSoftmax(rows, settings, signal, (epoch, loss) => {
    finalLoss = loss;
    log(`epoch ${String(epoch)} of ${String(settings.epochs)}: loss ${loss.toFixed(4)}`);
  });
  const predicted = predict(model, rows);
  const correct = rows.filter(({ label }, index) => predicted[index] === label).length;
  const metrics = {
    rows: rows.length,
    epochs: settings.epochs,
    final_loss: finalLoss,
    training_accuracy: correct / rows.length,
  };
  const archive = await publishFile(ARCHIVE_NAME, packModel(model, { settings: { ...settings }, metrics }));
  return { model: 'mnist-softmax', metrics, final_model_archive_url: archive };
}

function readSettings(training: JsonObject): TrainingSettings {
  const positive = (key: string, fallback: number): number => {
    const value = training[key] ?? fallback;
    if (typeof value === 'number' && value > 0) return value;
    throw new Error(`training.${key} is to be a positive number`);
  };
  return {
    epochs: Math.ceil(positive('epochs', 10)),
    batchSize: Math.ceil(positive('batch_size', 50)),
    learningRate: positive('learning_rate', 0.05),
    momentum: positive('momentum', 0.9),
  };
}
