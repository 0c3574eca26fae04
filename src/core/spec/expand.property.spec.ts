import * as fc from 'fast-check';
import { topologicalOrder } from '../graph/dag';
import { type ExpandLimits, expandDocument, type TaskDraft } from './expand';
import { parseDocument } from './parse';

const LIMITS: ExpandLimits = {
  maxTasks: 100,
  defaults: { maxRetries: 3, baseDelaySec: 5, maxDelaySec: 300 },
};
const BASE = { taskType: 'echo', resources: { replicas: 1, hardware: { cpu: 1, memory: '1Gi' } } };

interface Node {
  name: string | undefined;
  dependsOn: number[] | undefined;
  refers: number[];
}

/** Nodes that mostly look back, so that many documents are right and some are circular. */
const nodeLists = fc.array(
  fc.record({
    name: fc.option(fc.constantFrom('a', 'b', 'c-d', 'e.f', 'stage-3'), { nil: undefined, freq: 2 }),
    dependsOn: fc.option(fc.array(fc.nat(7), { maxLength: 3 }), { nil: undefined }),
    refers: fc.array(fc.nat(7), { maxLength: 2 }),
  }),
  { minLength: 1, maxLength: 8 },
);

const labelOf = (nodes: readonly Node[], index: number): string =>
  nodes[index]?.name ?? `stage-${String(index + 1)}`;

function documentOf(kind: 'stages' | 'graph', nodes: readonly Node[]): string {
  const entries = nodes.map(({ name, dependsOn, refers }) => ({
    ...(name === undefined ? {} : { name }),
    ...(dependsOn === undefined ? {} : { dependsOn: dependsOn.map((index) => labelOf(nodes, index)) }),
    spec: { texts: refers.map((index) => `see \${${labelOf(nodes, index)}.result.x} and \${HOME}`) },
  }));
  const layout = kind === 'stages' ? { stages: entries } : { graph: { nodes: entries } };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'T',
    metadata: { name: 'p' },
    spec: { ...BASE, ...layout },
  });
}

function expand(kind: 'stages' | 'graph', nodes: readonly Node[]): TaskDraft[] | null {
  const parsed = parseDocument(documentOf(kind, nodes));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.error));
  const result = expandDocument(parsed.value, new Map(), LIMITS);
  if (!result.ok) expect(result.error.length).toBeGreaterThan(0);
  return result.ok ? result.value : null;
}

const graphOf = (drafts: readonly TaskDraft[]): number[][] =>
  drafts.map(({ dependsOn }) => dependsOn.flatMap(({ on }) => (on.kind === 'draft' ? [on.index] : [])));

describe('expansion of any document', () => {
  const kinds = fc.constantFrom<('stages' | 'graph')[]>('stages', 'graph');

  it('makes one draft of each entry, in order, each with a name of its own', () => {
    fc.assert(
      fc.property(kinds, nodeLists, (kind, nodes) => {
        const drafts = expand(kind, nodes);
        if (!drafts) return;
        expect(drafts.map(({ name }) => name)).toEqual(nodes.map((_, index) => `p:${labelOf(nodes, index)}`));
        expect(new Set(drafts.map(({ name }) => name)).size).toBe(drafts.length);
      }),
      { numRuns: 500 },
    );
  });

  it('makes no cycle, and every dependency is a draft', () => {
    fc.assert(
      fc.property(kinds, nodeLists, (kind, nodes) => {
        const drafts = expand(kind, nodes);
        if (!drafts) return;
        expect(topologicalOrder(graphOf(drafts))).not.toBeNull();
        for (const index of graphOf(drafts).flat()) expect(drafts[index]).toBeDefined();
      }),
      { numRuns: 500 },
    );
  });

  it('has every dependency that the document gives or refers to, and the chain, and no others', () => {
    fc.assert(
      fc.property(kinds, nodeLists, (kind, nodes) => {
        const drafts = expand(kind, nodes);
        if (!drafts) return;
        const labels = new Set(nodes.map((_, index) => labelOf(nodes, index)));
        for (const [index, { dependsOn, refers }] of nodes.entries()) {
          const chain = kind === 'stages' && dependsOn === undefined && index > 0 ? [index - 1] : [];
          // A stage that depends on nothing keeps a reference to nobody as text.
          const found = refers.filter((at) => labels.has(labelOf(nodes, at)));
          const want = new Set([...chain, ...(dependsOn ?? []), ...found].map((at) => labelOf(nodes, at)));
          const draft = drafts[index];
          expect(new Set(draft?.dependsOn.map(({ name }) => name))).toEqual(want);
          expect(new Set(draft?.uses)).toEqual(new Set(found.map((at) => labelOf(nodes, at))));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses a document only for a reason: a cycle, a name given twice, a name that is not there', () => {
    fc.assert(
      fc.property(kinds, nodeLists, (kind, nodes) => {
        if (expand(kind, nodes)) return;
        const labels = nodes.map((_, index) => labelOf(nodes, index));
        const place = (index: number): number => labels.indexOf(labelOf(nodes, index));
        const edges = nodes.map(({ dependsOn, refers }, index) => [
          ...(kind === 'stages' && dependsOn === undefined && index > 0 ? [place(index - 1)] : []),
          ...[...(dependsOn ?? []), ...refers].map(place),
        ]);
        const isTwice = new Set(labels).size < labels.length;
        const isUnknown = edges.flat().includes(-1);
        expect(isTwice || isUnknown || topologicalOrder(edges) === null).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});
