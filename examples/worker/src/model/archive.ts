/** `final_model.zip`: a trained model and how it came about, in a form that any tool can open. */
import { strFromU8, strToU8, unzipSync, zipSync } from 'fflate';
import type { JsonObject } from '../protocol';
import { CLASSES, FEATURES } from './digits';
import type { SoftmaxModel } from './softmax';

export const ARCHIVE_NAME = 'final_model.zip';
const MODEL_FILE = 'model.json';
const TRAINING_FILE = 'training.json';
/** A fixed time, so that the same model makes the same bytes. */
const MODIFIED = new Date('2000-01-01T12:00:00Z');

export function packModel(model: SoftmaxModel, training: JsonObject): Uint8Array<ArrayBuffer> {
  return new Uint8Array(
    zipSync(
      {
        [MODEL_FILE]: strToU8(JSON.stringify(model)),
        [TRAINING_FILE]: strToU8(JSON.stringify(training, null, 2)),
      },
      { mtime: MODIFIED },
    ),
  );
}

/** The model in an archive; throws a sentence when it holds none that this code can use. */
export function unpackModel(archive: Uint8Array): SoftmaxModel {
  const file = unzipSync(archive)[MODEL_FILE];
  if (!file) throw new Error(`the archive holds no ${MODEL_FILE}`);
  const model = JSON.parse(strFromU8(file)) as Partial<SoftmaxModel>;
  const shapeFits =
    model.weights?.length === FEATURES && model.weights.every((row) => row.length === CLASSES);
  if (!model.weights || !shapeFits) throw new Error(`${MODEL_FILE} has not the shape of a digit classifier`);
  return { weights: model.weights };
}
