import { isLarge } from './preparations';

const HEAD = `apiVersion: v1
kind: Task
metadata:
  name: bulk
spec:
  taskType: echo
  resources:
    replicas: 1
    hardware:
      cpu: 1
      memory: 1GiB
`;
const nodes = (count: number): string =>
  Array.from(
    { length: count },
    (_, index) => `      - name: n${String(index)}\n        spec:\n          echo: part ${String(index)}\n`,
  ).join('');
const graph = (count: number): string => `${HEAD}  graph:\n    nodes:\n${nodes(count)}`;
const stages = (count: number): string => `${HEAD}  stages:\n${'    - name: s\n'.repeat(count)}`;

describe('a document goes to a thread', () => {
  it.each([
    ['not when it is small', graph(1), false],
    ['not when it is small, whatever is in it', `${graph(100)}  note: |\n    text\n`, false],
    ['not with 500 nodes, if it is plain', graph(500), false],
    ['with as many nodes of which one is not plain', `${graph(500)}  note: |\n    text\n`, true],
    ['with thousands of nodes', graph(2_000), true],
    ['with short stages that are many', stages(1_500), true],
    [
      'with a few tasks of a long base',
      `${HEAD}  prompt: ${'x'.repeat(20_000)}\n  stages:\n    - name: a\n`,
      false,
    ],
    [
      'with tasks that each repeat a long base',
      `${HEAD}  prompt: ${'x'.repeat(20_000)}\n  graph:\n    nodes:\n${nodes(100)}`,
      true,
    ],
    ['with JSON', JSON.stringify({ items: Array.from({ length: 2_000 }, (_, index) => index) }), true],
  ])('%s', (_, text, want) => {
    expect(isLarge(text)).toBe(want);
  });
});
