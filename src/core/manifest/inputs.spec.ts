import { formatInputs, parseInputs } from './inputs';

const INPUTS = [
  {
    name: 'train',
    taskId: 't-1',
    resultSha256: 'c0ffee',
    files: [{ name: 'm.zip', sizeBytes: 7, sha256: 'f00d' }],
  },
  { name: 'other', taskId: 't-2', resultSha256: null, files: [] },
];

test('what is kept is read back', () => {
  expect(parseInputs(formatInputs(INPUTS))).toEqual(INPUTS);
});

test.each([null, '', 'x', '{}', '[1]', '[["a"]]'])('%j says nothing', (text) => {
  expect(parseInputs(text)).toEqual([]);
});
