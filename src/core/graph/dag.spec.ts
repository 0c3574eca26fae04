import * as fc from 'fast-check';
import { dependentsOf, findCycles, type Graph, reachableFrom, topologicalOrder } from './dag';

const graphs = fc
  .integer({ min: 1, max: 12 })
  .chain((size) =>
    fc.array(fc.array(fc.nat(size - 1), { maxLength: 4 }), { minLength: size, maxLength: size }),
  );

describe('findCycles', () => {
  it.each<[string, Graph, number[][]]>([
    ['a chain has none', [[], [0], [1]], []],
    ['a diamond has none', [[], [0], [0], [1, 2]], []],
    ['a node that depends on itself', [[], [1]], [[1]]],
    ['two nodes that depend on each other', [[1], [0]], [[0, 1]]],
    [
      'one cycle per group',
      [[1], [0], [3], [4], [2], [0]],
      [
        [0, 1],
        [2, 3, 4],
      ],
    ],
    ['the shortest one through the first node', [[1, 2], [2], [0]], [[0, 2]]],
    ['edges that lead nowhere do not count', [[7], [-1]], []],
  ])('%s', (_, graph, want) => {
    expect(findCycles(graph)).toEqual(want);
  });

  it('finds a cycle exactly when there is no order', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        expect(topologicalOrder(graph) === null).toBe(findCycles(graph).length > 0);
      }),
    );
  });

  it('names real edges', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        for (const cycle of findCycles(graph)) {
          for (const [at, node] of cycle.entries()) {
            expect(graph[node]).toContain(cycle[(at + 1) % cycle.length]);
          }
        }
      }),
    );
  });

  it('takes a chain of 100,000 nodes that ends in a cycle', () => {
    const size = 100_000;
    const graph = Array.from({ length: size }, (_, node) => [(node + 1) % size]);
    expect(findCycles(graph)[0]).toHaveLength(size);
  });
});

describe('topologicalOrder', () => {
  it('puts each node after all it depends on, and every node once', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const order = topologicalOrder(graph);
        if (order === null) return;
        expect([...order].sort((a, b) => a - b)).toEqual([...graph.keys()]);
        const place = new Map(order.map((node, at) => [node, at]));
        for (const [node, dependencies] of graph.entries()) {
          for (const dependency of dependencies) {
            expect(place.get(dependency) ?? Infinity).toBeLessThan(place.get(node) ?? -1);
          }
        }
      }),
    );
  });
});

describe('reachableFrom', () => {
  it('finds ancestors along dependencies and descendants along dependents', () => {
    const graph = [[], [0], [1], []];
    expect(reachableFrom([2], graph)).toEqual(new Set([1, 0]));
    expect(reachableFrom([0], dependentsOf(graph))).toEqual(new Set([1, 2]));
  });
});
