import type { JsonValue } from '../json';
import { declaredArtifacts } from './declared';

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
