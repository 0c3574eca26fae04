import type { JsonValue } from '../json';
import { declaredArtifacts, matching } from './declared';

const declared = (artifacts: JsonValue): string =>
  declaredArtifacts({
    apiVersion: 'v1',
    kind: 'Task',
    metadata: { name: 'x' },
    spec: { taskType: 'echo', output: { artifacts } },
  })
    .map(({ name, required }) => `${name}${required ? '' : '?'}`)
    .join(', ');

test.each<[string, JsonValue, string]>([
  ['names', ['responses.json', './logs.txt'], 'responses.json, logs.txt'],
  ['maps', [{ name: 'a' }, { path: 'b', required: false }, { pattern: '*.c', required: true }], 'a, b?, *.c'],
  ['what has another form is left alone', [1, null, {}, { name: 2 }, '', ['x']], ''],
  ['a map instead of a list is the executor’s', { model: 'a' }, ''],
])('%s', (_, artifacts, want) => {
  expect(declared(artifacts)).toBe(want);
});

const NAMES = ['final_lora.zip', 'final_model.zip', 'log-1.txt', 'log-22.txt', 'x*'];

test.each([
  ['final_lora.zip', ['final_lora.zip']],
  ['final_*.zip', ['final_lora.zip', 'final_model.zip']],
  ['*', NAMES],
  ['log-?.txt', ['log-1.txt']],
  ['*.txt*', ['log-1.txt', 'log-22.txt']],
  ['x*', ['x*']],
  ['log-1.tx', []],
  ['', []],
])('%s means %j', (pattern, want) => {
  expect(matching(pattern, NAMES)).toEqual(want);
});

test('no pattern is slow', () => {
  const name = 'a'.repeat(255);
  expect(matching(`${'*a'.repeat(120)}b`, [name])).toEqual([]);
});
