import { summarize } from './report';

const item = (row: number, label: number, predicted: number): Record<string, number> => ({
  row,
  label,
  predicted,
});

describe('report', () => {
  it('counts an evaluation that came in one piece', () => {
    const summary = summarize({ items: [item(0, 3, 3), item(1, 4, 9), item(2, 5, 5), item(3, 6, 6)] });
    expect(summary).toMatchObject({ accuracy: 0.75, correct: 3, total: 4, shards: 1 });
    expect(summary.confusion_matrix[4]?.[9]).toBe(1);
  });

  it('counts the merged items of an evaluation that came in shards', () => {
    const evaluation = { shards: [{}, {}], merged: { items: [item(0, 1, 1), item(1, 2, 3)] } };
    expect(summarize(evaluation)).toMatchObject({ accuracy: 0.5, total: 2, shards: 2 });
  });

  it.each([
    ['nothing', {}],
    ['no rows', { items: [] }],
    ['rows that are none', { items: ['x'] }],
    ['a row twice', { items: [item(0, 1, 1), item(0, 1, 1)] }],
  ])('refuses an evaluation with %s', (_what, evaluation) => {
    expect(() => summarize(evaluation)).toThrow(/the evaluation/);
  });
});
