import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../json';
import type { TaskDocument } from '../model';
import { walkPath } from './path';
import { pickPaths, upstreamPaths, withUpstreamResults } from './upstream';

function aDocument(fields: JsonObject): TaskDocument {
  return { apiVersion: 'v1', kind: 'Task', metadata: { name: 'p' }, spec: { taskType: 'echo', ...fields } };
}

describe('upstreamPaths', () => {
  it('finds the paths of placeholders and columns, by name', () => {
    const document = aDocument({
      x: 'see ${a.result.url} and ${HOME} and $${b.result}',
      y: ['${a.result.items[-1]}', '${nope.x}'],
      data: {
        type: 'graph_template',
        columns: [
          { node: 'b', path: 'result.text' },
          { expr: 'c.result.items[0].output' },
          { expr: 'join(c.result, d.result)' },
          { node: 'e' },
        ],
      },
    });
    expect(upstreamPaths(document, ['a', 'b', 'c', 'd', 'e', 'unused'])).toEqual(
      new Map([
        [
          'a',
          [
            ['result', 'url'],
            ['result', 'items', -1],
          ],
        ],
        ['b', [['result', 'text']]],
        ['c', [['result', 'items', 0, 'output'], []]],
        ['d', [[]]],
        ['e', [[]]],
      ]),
    );
  });
});

describe('pickPaths', () => {
  const items = [{ output: 'a', rest: 1 }, { output: 'b', rest: 2 }, { output: 'c' }];
  const envelope: JsonValue = { task_id: 't', result: { items, big: 'x' } };

  it.each<[string, (string | number)[][], JsonValue]>([
    ['one key', [['result', 'big']], { result: { big: 'x' } }],
    [
      'one item in its place',
      [['result', 'items', 1, 'output']],
      { result: { items: [null, { output: 'b' }] } },
    ],
    ['the last item', [['result', 'items', -1]], { result: { items: [{ output: 'c' }] } }],
    [
      'the first and the last item',
      [
        ['result', 'items', 0],
        ['result', 'items', -1, 'output'],
      ],
      { result: { items: [{ output: 'a', rest: 1 }, { output: 'c' }] } },
    ],
    [
      'places where they overlap',
      [
        ['result', 'items', 1],
        ['result', 'items', -2, 'output'],
      ],
      { result: { items: [null, { output: 'b', rest: 2 }, null] } },
    ],
    ['all of it', [['result'], []], envelope],
    [
      'a key of every item',
      [['result', 'items', 'output']],
      { result: { items: [{ output: 'a' }, { output: 'b' }, { output: 'c' }] } },
    ],
    ['nothing that is there', [['result', 'nope', 1]], { result: {} }],
    ['an item beyond the end', [['result', 'items', 9]], { result: { items: [null, null, null] } }],
    ['nothing', [], {}],
  ])('keeps %s', (_, paths, want) => {
    expect(pickPaths(envelope, paths)).toEqual(want);
  });

  it('finds at every path what was there before', () => {
    const keys = fc.oneof(fc.constantFrom('a', 'b'), fc.integer({ min: -2, max: 2 }));
    const { values } = fc.letrec<{ values: JsonValue }>((tie) => ({
      values: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<JsonValue>(1, 'x', null),
        fc.array(tie('values'), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom('a', 'b'), tie('values')),
      ),
    }));
    fc.assert(
      fc.property(values, fc.array(fc.array(keys, { maxLength: 4 }), { maxLength: 4 }), (value, paths) => {
        const picked = pickPaths(value, paths);
        for (const path of paths) {
          const before = walkPath(value, path);
          const after = walkPath(picked, path);
          expect(after.found ? after.value : undefined).toEqual(before.found ? before.value : undefined);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('withUpstreamResults', () => {
  it('adds the results by name and leaves the document given alone', () => {
    const document = aDocument({ x: 1 });
    const given = withUpstreamResults(document, new Map<string, JsonValue>([['a', { result: 1 }]]));
    expect(given.spec).toEqual({ taskType: 'echo', x: 1, _upstreamResults: { a: { result: 1 } } });
    expect(document.spec).not.toHaveProperty('_upstreamResults');
  });
});
