import { packModel, unpackModel } from './archive';
import { loadRows, splitSize } from './digits';
import { predict, trainSoftmax } from './softmax';

const SETTINGS = { epochs: 3, batchSize: 50, learningRate: 0.05, momentum: 0.9 };
const signal = new AbortController().signal;

describe('the digit classifier', () => {
  it('learns the same model from the same rows, bit by bit', async () => {
    const rows = loadRows('train', 0, 500);
    const [first, second] = await Promise.all([
      trainSoftmax(rows, SETTINGS, signal),
      trainSoftmax(rows, SETTINGS, signal),
    ]);
    expect(second).toEqual(first);
  });

  it('tells digits that it has not seen apart, far better than chance', async () => {
    const model = await trainSoftmax(loadRows('train', 0, 1000), SETTINGS, signal);
    const test = loadRows('test', 0, splitSize('test'));
    const predicted = predict(model, test);
    const correct = test.filter(({ label }, index) => predicted[index] === label).length;
    expect(correct / test.length).toBeGreaterThan(0.8);
  });

  it('predicts the same from the archive as from the model', async () => {
    const model = await trainSoftmax(loadRows('train', 0, 300), SETTINGS, signal);
    const test = loadRows('test', 0, 50);
    const archive = packModel(model, {});
    expect(predict(unpackModel(archive), test)).toEqual(predict(model, test));
    expect(Buffer.from(packModel(model, {})).equals(archive)).toBe(true);
  });

  it('stops between two epochs when its worker stops', async () => {
    const stopping = new AbortController();
    const epochs: number[] = [];
    const training = trainSoftmax(loadRows('train', 0, 100), SETTINGS, stopping.signal, (epoch) => {
      epochs.push(epoch);
      stopping.abort(new Error('the worker stops'));
    });
    await expect(training).rejects.toThrow('the worker stops');
    expect(epochs).toEqual([1]);
  });
});

describe('the digits', () => {
  it('are balanced in every contiguous part', () => {
    const labels = loadRows('test', 500, 600).map(({ label }) => label);
    for (let digit = 0; digit < 10; digit += 1) {
      expect(labels.filter((label) => label === digit)).toHaveLength(10);
    }
  });

  it('of the test split are not among those trained on', () => {
    const key = (features: readonly number[]): string =>
      Buffer.from(Float64Array.from(features).buffer).toString('latin1');
    const trained = new Set(loadRows('train', 0, splitSize('train')).map(({ features }) => key(features)));
    const test = loadRows('test', 0, splitSize('test'));
    expect(test.filter(({ features }) => trained.has(key(features)))).toHaveLength(0);
  });
});
