import * as fc from 'fast-check';
import type { JsonObject } from '../json';
import { parseDocument, type ParsedDocument } from './parse';

/** Time this process has computed: unlike the clock's, it does not count what other processes took. */
const cpuMs = (): number => process.cpuUsage().user / 1000;

function parsed(text: string): ParsedDocument {
  const result = parseDocument(text);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

/** `code line:column` of each mistake, wherever it was found. */
function mistakes(text: string): string[] {
  const result = parseDocument(text);
  const issues = result.ok ? result.value.mistakes : result.error;
  return issues.map(({ code, line, column }) => `${code} ${String(line)}:${String(column)}`);
}

describe('parseDocument reads', () => {
  it.each<[string, string, JsonObject]>([
    [
      'the booleans of PyYAML',
      'a: yes\nb: Off\nc: NO\nd: on\ne: true',
      { a: true, b: false, c: false, d: true, e: true },
    ],
    ['y and n as text', 'a: y\nb: N', { a: 'y', b: 'N' }],
    ['quoted words as text', 'a: "yes"\nb: \'1_000\'', { a: 'yes', b: '1_000' }],
    ['numbers with underscores', 'a: 1_000_000\nb: -2_0', { a: 1_000_000, b: -20 }],
    [
      'scalars of YAML 1.2',
      'a: 0o17\nb: 0x1F\nc: 1e3\nd: 012\ne: ~\nf:',
      { a: 15, b: 31, c: 1000, d: 12, e: null, f: null },
    ],
    ['keys as text whatever they look like', '1: a\nyes: b\nnull: c', { '1': 'a', yes: 'b', null: 'c' }],
    ['a byte order mark and CRLF', '\ufeffa: 1\r\nb:\r\n  - x\r\n', { a: 1, b: ['x'] }],
    [
      'JSON, with tabs and escapes',
      '{\n\t"a": [1,\t"\\ud83d\\ude00"],\n\t"b": {"c": null}\n}',
      { a: [1, '😀'], b: { c: null } },
    ],
    ['aliases', 'a: &x {k: [1]}\nb: *x', { a: { k: [1] }, b: { k: [1] } }],
    [
      'aliases by the latest anchor of their name',
      'a: &x 1\nb: *x\nc: &x 2\nd: *x',
      { a: 1, b: 1, c: 2, d: 2 },
    ],
    [
      'merge keys, own keys first, then earlier sources',
      'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc:\n  <<: [*a, *b]\n  x: 0',
      { a: { x: 1, y: 1 }, b: { y: 2, z: 2 }, c: { x: 0, y: 1, z: 2 } },
    ],
    ['a quoted << as a key', '"<<": 1', { '<<': 1 }],
    ['block texts', 'a: |\n  x\n  y\nb: >-\n  x\n  y\n', { a: 'x\ny\n', b: 'x y' }],
    ['one document between markers', '---\na: 1\n...\n', { a: 1 }],
  ])('%s', (_, text, want) => {
    const document = parsed(text);
    expect(document.source).toEqual(want);
    expect(document.mistakes).toEqual([]);
    expect(document.raw).toBe(text);
  });
});

describe('parseDocument points at', () => {
  it.each([
    ['no document', '', 'empty 1:1'],
    ['a root that is a list', '- 1', 'wrong_type 1:1'],
    ['a root that is text', 'hello', 'wrong_type 1:1'],
    ['a tag that makes code', 'a: 1\nb: !!js/function "x"', 'yaml_syntax 2:4'],
    ['a tag of Python', 'a: !!python/object:os.system x', 'yaml_syntax 1:4'],
    ['a second document', 'a: 1\n---\nb: 2', 'several_documents 3:1'],
    ['an empty second document', 'a: 1\n---\n', 'several_documents 2:4'],
    ['a duplicate key', 'a: 1\nb:\n  c: 1\n  c: 2', 'duplicate_key 4:3'],
    ['a duplicate key in JSON', '{"a": 1, "a": 2}', 'duplicate_key 1:10'],
    ['a tab as indentation', 'a:\n\t- 1', 'yaml_syntax 2:1'],
    ['an open list', 'a: [1, 2', 'yaml_syntax 1:9'],
    ['a list as a key', '? [a]\n: 1', 'yaml_syntax 1:3'],
    ['a control character', 'a: "\u0007"', 'control_character 1:5'],
    ['an unknown anchor', 'a: *b', 'unknown_anchor 1:4'],
    ['an alias inside its own anchor', 'a: &a [*a]', 'alias_cycle 1:8'],
    ['a merge of text', 'a: {<<: text}', 'bad_merge 1:5'],
    ['NaN', 'a: 1\nb: .nan', 'not_finite 2:4'],
    ['infinity', 'a: [-.inf]', 'not_finite 1:5'],
    ['a number beyond all bounds', 'a: 1e999', 'not_finite 1:4'],
    ['a number that would lose digits', 'a: 12345678901234567890', 'unsafe_integer 1:4'],
    ['__proto__ as a key', 'a:\n  __proto__: {x: 1}', 'unsafe_key 2:3'],
    ['constructor as a key, deep in a list', 'a: [{b: {constructor: 1}}]', 'unsafe_key 1:10'],
    ['prototype as a key in JSON', '{"prototype": {}}', 'unsafe_key 1:2'],
    ['nesting over 100 deep', `a: ${'['.repeat(100)}${']'.repeat(100)}`, 'too_deep 1:103'],
  ])('%s', (_, text, want) => {
    expect(mistakes(text)).toContain(want);
  });

  it('names the place in the document as well', () => {
    expect(parsed('a:\n  - b: .nan').mistakes[0]?.path).toBe('a[0].b');
  });

  it('finds keys, items, and what came through aliases and merges', () => {
    const text = 'a: &x\n  k: 1\nb:\n  - 1\n  - <<: *x\n';
    const { locate } = parsed(text);
    expect(locate(['a', 'k'])).toEqual({ line: 2, column: 3 });
    expect(locate(['b', 1])).toEqual({ line: 5, column: 5 });
    expect(locate(['b', 1, 'k'])).toEqual({ line: 2, column: 3 });
    expect(locate(['b', 1, 'missing', 'deeper'])).toEqual({ line: 5, column: 5 });
    expect(locate([])).toEqual({ line: 1, column: 1 });
  });

  it('leaves no trace on prototypes', () => {
    const { source } = parsed('__proto__: {polluted: 1}\na: {__proto__: {polluted: 1}}');
    expect(Object.keys(source)).toEqual(['a']);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect((source as Record<string, unknown>).polluted).toBeUndefined();
  });
});

describe('parseDocument is quick about', () => {
  const laughs = Array.from({ length: 12 }, (_, i) =>
    i === 0
      ? 'a0: &a0 [x, x, x]'
      : `a${String(i)}: &a${String(i)} [${Array(9)
          .fill(`*a${String(i - 1)}`)
          .join(', ')}]`,
  ).join('\n');
  const merges = Array.from({ length: 5_000 }, (_, i) =>
    i === 0 ? 'a0: &a0 {k: v}' : `a${String(i)}: &a${String(i)} {<<: *a${String(i - 1)}}`,
  ).join('\n');
  const steps = Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n');

  it.each([
    ['an alias bomb', laughs, 'too_many_aliases'],
    [
      'long text repeated by aliases',
      `a: &a ${'x'.repeat(50_000)}\nb: [${'*a, '.repeat(200)}]`,
      'too_many_aliases',
    ],
    ['a chain of merges', merges, 'too_deep'],
    ['open lists', '['.repeat(200_000), 'too_deep'],
    ['open maps', '{a: '.repeat(50_000), 'too_deep'],
    ['lists in one line', '- '.repeat(100_000), 'too_deep'],
    ['maps one deeper per line', steps, 'too_deep'],
    ['brackets side by side', '[]'.repeat(100_000), 'yaml_syntax'],
    ['200 KB of ${', `a: "${'${'.repeat(100_000)}"`, 'too_many_placeholders'],
  ])('%s', (_, text, code) => {
    const started = cpuMs();
    expect(mistakes(text)[0]).toContain(code);
    expect(cpuMs() - started).toBeLessThan(3_000);
  });

  it('20,000 keys in one map', () => {
    const started = cpuMs();
    const text = Array.from({ length: 20_000 }, (_, i) => `key${String(i)}: v`).join('\n');
    expect(Object.keys(parsed(text).source)).toHaveLength(20_000);
    expect(cpuMs() - started).toBeLessThan(3_000);
  });

  it('a thousand mistakes, of which it lists a hundred', () => {
    const result = parseDocument('a: *b\n'.repeat(1_000));
    if (result.ok) throw new Error('accepted');
    expect(result.error).toHaveLength(100);
    expect(result.error.at(-1)?.message).toMatch(/^and \d+ more/);
  });
});

describe('parseDocument with any text', () => {
  const yamlish = fc
    .array(
      fc.constantFrom(
        'a',
        ': ',
        '\n',
        '  ',
        '- ',
        '[',
        ']',
        '{',
        '}',
        '&x ',
        '*x',
        '<<',
        '"',
        "'",
        '|',
        '#',
        '? ',
        '!!',
        '!',
        '\t',
        '%',
        ',',
        '1',
        '~',
        '---\n',
        '...\n',
        '\r\n',
        '__proto__',
      ),
      { maxLength: 60 },
    )
    .map((parts) => parts.join(''));

  it('never throws, and what it accepts is JSON', () => {
    fc.assert(
      fc.property(fc.oneof(yamlish, fc.string(), fc.string({ unit: 'binary' })), (text) => {
        const result = parseDocument(text);
        if (result.ok) expect(JSON.parse(JSON.stringify(result.value.source))).toEqual(result.value.source);
        else expect(result.error.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it('reads every JSON object as JSON.parse does', () => {
    const isSafe = (json: string): boolean => !/__proto__|constructor|prototype/.test(json);
    const objects = fc.dictionary(fc.string({ maxLength: 20 }), fc.jsonValue({ maxDepth: 4 }));
    fc.assert(
      fc.property(objects, (object) => {
        const json = JSON.stringify(object);
        fc.pre(isSafe(json) && !json.includes('\u007f'));
        const result = parseDocument(json);
        if (!result.ok) throw new Error(JSON.stringify(result.error));
        const want: unknown = JSON.parse(json, (_, value: unknown) => (Object.is(value, -0) ? 0 : value));
        expect(JSON.parse(JSON.stringify(result.value.source))).toEqual(want);
      }),
    );
  });
});
