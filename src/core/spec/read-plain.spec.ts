import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { JsonObject } from '../json';
import { MAX_PLACEHOLDERS } from './limits';
import { parseDocument, parseWithLibrary } from './parse';
import { readPlain } from './read-plain';

const ROOT = join(__dirname, '../../..');

describe('readPlain takes', () => {
  it.each<[string, string, JsonObject]>([
    ['maps in maps', 'a:\n  b:\n     c: x\n  d: y\ne: z', { a: { b: { c: 'x' }, d: 'y' }, e: 'z' }],
    ['a list below its key', 'a:\n- x\n- y\nb: z', { a: ['x', 'y'], b: 'z' }],
    ['a list further in', 'a:\n    - x\n    - y', { a: ['x', 'y'] }],
    [
      'maps that begin on the line of their dash',
      'a:\n  - name: x\n    spec:\n      b: 1\n    c:\n    - y\n  -   name: z\n',
      { a: [{ name: 'x', spec: { b: 1 }, c: ['y'] }, { name: 'z' }] },
    ],
    ['keys without a value', 'a:\nb:\n  c: # none\nd:', { a: null, b: { c: null }, d: null }],
    [
      'whole numbers',
      'a: 0\nb: -12\nc: 999999999999999\nd: 007\ne: -0',
      { a: 0, b: -12, c: 999999999999999, d: 7, e: -0 },
    ],
    ['decimals', 'a: 0.05\nb: -1.50\nc: -0.0', { a: 0.05, b: -1.5, c: -0 }],
    ['truth', 'a: true\nb: false', { a: true, b: false }],
    [
      'text that begins like a number',
      'a: 64MiB\nb: 500m\nc: 3 apples\nd: --lr',
      {
        a: '64MiB',
        b: '500m',
        c: '3 apples',
        d: '--lr',
      },
    ],
    ['text with colons and number signs', 'a: http://h:80/p#f\nb: x :y', { a: 'http://h:80/p#f', b: 'x :y' }],
    [
      'placeholders',
      'a: ${b.result}\nc: see ${b.result.x[0]}',
      { a: '${b.result}', c: 'see ${b.result.x[0]}' },
    ],
    ['quoted text', `a: "x: #"\nb: 'C:\\d'\nc: "true"\nd: ''`, { a: 'x: #', b: 'C:\\d', c: 'true', d: '' }],
    [
      'lists in brackets',
      'a: [x, "y, z", 1, true]\nb: []\nc: {}',
      { a: ['x', 'y, z', 1, true], b: [], c: {} },
    ],
    ['comments and blank lines', '# a\n\na: x # b\n  # c\n   \nb: y#z\n# d', { a: 'x', b: 'y#z' }],
    ['letters of any script', 'a: größer\nb: 東京 😀\u00a0', { a: 'größer', b: '東京 😀\u00a0' }],
    ['keys that look like other things', '1: a\nyes: b\nn.1/x: c', { '1': 'a', yes: 'b', 'n.1/x': 'c' }],
    [
      'names of what every object has',
      'toString: a\nhasOwnProperty: b',
      { toString: 'a', hasOwnProperty: 'b' },
    ],
  ])('%s', (_, text, want) => {
    expect(readPlain(text)).toStrictEqual(want);
  });

  const examples = readdirSync(join(ROOT, 'examples/pipelines')).filter((name) => name.endsWith('.yaml'));

  it.each(examples)('the example %s', (name) => {
    expect(readPlain(readFileSync(join(ROOT, 'examples/pipelines', name), 'utf8'))).not.toBeNull();
  });

  it('the documents of the benchmark', () => {
    const url = pathToFileURL(join(ROOT, 'bench/lib/documents.mjs')).href;
    const script = `import { chain, sharded, single, wide } from ${JSON.stringify(url)};
      const documents = [single('a', { cpu: 2, destination: 'http://h:80/x' }), wide('b', 3), chain('c', 3), sharded('d', 2)];
      console.log(JSON.stringify(documents));`;
    const json = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
    });
    const documents = JSON.parse(json) as string[];
    expect(documents.map((text) => readPlain(text)?.kind)).toEqual(['Task', 'Task', 'Task', 'Task']);
  });
});

describe('readPlain leaves to the library', () => {
  it.each([
    ['no document', ''],
    ['only comments', '# a\n'],
    ['a root that is a list', '- a'],
    ['a root that is text', 'a'],
    ['a root that is not at the margin', ' a: 1'],
    ['JSON', '{"a": 1}'],
    ['anchors', 'a: &x 1'],
    ['aliases', 'a: *x'],
    ['tags', 'a: !!str 1'],
    ['merge keys', 'a:\n  <<: b'],
    ['block texts', 'a: |\n  b'],
    ['folded texts', 'a: >-\n  b'],
    ['text of several lines', 'a: b\n  c'],
    ['text of several lines after a comment', 'a: b # c\n  d'],
    ['quoted text of several lines', 'a: "b\n  c"'],
    ['text below its key', 'a:\n  b'],
    ['escapes', 'a: "\\n"'],
    ['a doubled quote', "a: 'it''s'"],
    ['a quote that nothing closes', 'a: "b'],
    ['more after a quote', 'a: "b" c'],
    ['a comment right after a quote', 'a: "b"#c'],
    ['quoted keys', '"a": b'],
    ['keys with spaces', 'a b: c'],
    ['explicit keys', '? a\n: b'],
    ['a key twice', 'a: 1\nb: 2\na: 3'],
    ['a key twice in an item', 'a:\n  - b: 1\n    b: 2'],
    ['unsafe keys', 'a:\n  __proto__: 1'],
    ['long keys', `${'k'.repeat(101)}: 1`],
    ['tabs', 'a:\tb'],
    ['carriage returns', 'a: b\r\n'],
    ['a byte order mark', '\ufeffa: b'],
    ['control characters', 'a: \u0007'],
    ['other line ends', 'a: b\u0085'],
    ['markers of documents', '---\na: b'],
    ['a second document', 'a: b\n---\nc: d'],
    ['directives', '%YAML 1.2\n---\na: b'],
    ['words of PyYAML', 'a: yes'],
    ['words in other cases', 'a: True'],
    ['null', 'a: null'],
    ['a tilde', 'a: ~'],
    ['numbers with a plus', 'a: +1'],
    ['numbers with underscores', 'a: 1_000'],
    ['numbers in other bases', 'a: 0x1F'],
    ['numbers with exponents', 'a: 1e3'],
    ['half decimals', 'a: .5'],
    ['infinity', 'a: -.inf'],
    ['numbers that might lose digits', 'a: 9007199254740993'],
    ['dates', 'a: 2024-01-01'],
    ['a map in one line', 'a: b: c'],
    ['a colon at the end', 'a: b:'],
    ['maps in braces', 'a: {b: c}'],
    ['lists in lists', 'a: [[b]]'],
    ['lists in brackets with empty places', 'a: [b, ]'],
    ['lists in brackets of several lines', 'a: [b,\n  c]'],
    ['lists in items', 'a:\n  - - b'],
    ['empty items', 'a:\n  -\n  - b'],
    ['items whose map begins below', 'a:\n  -\n    b: c'],
    ['a key between columns', 'a:\n    b: c\n  d: e'],
    ['an item between columns', 'a:\n    - b\n  - c'],
    ['items and keys in one place', 'a:\n  - b\n  c: d'],
    ['more placeholders than a document may have', `a: ${'${'.repeat(MAX_PLACEHOLDERS + 1)}`],
    ['deep nesting', Array.from({ length: 60 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n')],
  ])('%s', (_, text) => {
    expect(readPlain(text)).toBeNull();
  });
});

it('a plain document knows the places of its keys and items as the library does', () => {
  const text = '# a\nb:\n  c: 1\nd:\n  - e: x\n    f: # g\n';
  expect(readPlain(text)).not.toBeNull();
  const [plain, library] = [parseDocument(text), parseWithLibrary(text)];
  if (!plain.ok || !library.ok) throw new Error('refused');
  for (const path of [[], ['b'], ['b', 'c'], ['d', 0], ['d', 0, 'f'], ['d', 0, 'missing'], ['none']]) {
    expect(plain.value.locate(path)).toEqual(library.value.locate(path));
  }
  expect(plain.value.locate(['d', 0, 'f'])).toEqual({ line: 6, column: 5 });
});
