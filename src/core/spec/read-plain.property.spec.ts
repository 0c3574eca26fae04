import { deepStrictEqual } from 'node:assert';
import * as fc from 'fast-check';
import type { JsonObject } from '../json';
import { parseWithLibrary } from './parse';
import { readPlain } from './read-plain';

const words = (...rows: string[]): string[] => rows.flatMap((row) => row.split('  '));

/** What YAML, the dialect or JavaScript make something of, and what merely looks so. */
const ODD_SCALARS = [
  ...words(
    'a  hello world  10 apples  1GiB  500m  a1  x_y  http://h:80/p?q=1#f  /a/b  ./a  ../a  (a)  $a  ~/a',
    '${a.result}  see ${a.result.x[0]} and ${HOME}  ${a: b}  @a  `a  %a  !a  &a  *a  a, b  ,a  =  =a  +a  +',
    'true  True  TRUE  tRue  false  False  yes  Yes  yEs  no  NO  on  oN  off  Off  y  n  N  none',
    'null  Null  NULL  nUll  ~  nan  NaN  .nan  .NaN  .inf  -.inf  +.INF  inf  -inf  Infinity  .  ..',
    '0  1  7  10  -1  +1  -0  00  007  -01  1_000  -1_0  1__  0x1F  0xg  0o17  0o8  0b1  1e3  1E-3  1.e3  0.0  -0.0',
    '.5  -.5  +.5  1.  1.0  0.1  01.5  3.14  1.2.3  1,5  1:30  1e999  12e03  1e  e1  0.1e1  -1.5  123456.7890  5-6',
    '999999999999999  9007199254740991  9007199254740993  -99999999999999999999  0.12345678901234567890',
    '2024-01-01  2024-01-01T00:00:00Z  12:30  10.0.0.1  deadbeef  0-1  1-  --lr  --  -f  -  -a: b  -:  --- a',
    `"a"  ""  ''  'a'  "a b"  "true"  '1'  "a: b"  'a #b'  "a" b  "a  'a  "\\n"  'it''s'  '''  '"'  "'"  "a"b  '`,
    `"[", "]"  "a" #c  "a"#c  "#"  " a "  ' '  "a":  'a': b  "a": b  "a" : b  "é"  'a\\'  "\${a}"  "`,
    '[]  {}  [ ]  { }  [a]  [a, b]  [a,b]  [ a , "b" ]  [a, ]  [, a]  [a  [a b]  [a: b]  ["a": b]  [[a]]  [a]]',
    '[yes, no, 1_0]  [1.5, 1e3]  [0, -1]  {a: 1}  {a}  [a] b  []x  [] #c  []#c  {} # c  {}x  []: a  {}: a  [a]: b',
    `a]  {a  [a #b]  [a]#b  [a] #b  ["a"b]  [-]  [null]  [~]  ["]"]  ['', ""]  [a, 'b, c']  [a,,b]  [a:]  [a:b]`,
    'a: b  a:b  a :b  a : b  a:  :a  : a  :  a #b  a#b  #a  # a  - a  -a  ? a  ?a  ?  a: #b  a #b: c  a# b',
    '|  >-  |2  >  ---  ...  <<  *  &x  &x a  !!str a  !!int 1  a\\b  \\  toString  __proto__  constructor',
  ),
  ...[
    '',
    'a  b',
    'a  #b',
    'é',
    'ünï',
    '日本語',
    '😀',
    '\ud83d',
    '\udc00x',
    '\u00a0',
    'a\u00a0',
    '\u2028',
    'a\u2028b',
  ],
  ...[
    '\u0085',
    'a\u0085b',
    '\ufeff',
    'a\ufeffb',
    'a\tb',
    '\ta',
    'a\t',
    '\u0000',
    'a\u007f',
    'a\rb',
    'a\n  b',
    '"a\n  b"',
  ],
];
const ODD_KEYS = [
  ...words(
    'x-y  a/b  1  10  1.5  yes  null  true  -a  a b  "a"  \'a\'  é  <<  ?  ? a  __proto__  constructor  toString  _',
    'hasOwnProperty  [a]  {}  ~  &x a  *a  !!str a  .a  a:b  #  # a  - a  -  |  a #b  a #  $a  0x1  prototype',
  ),
  ...['', ' ', 'x'.repeat(100), 'x'.repeat(101), 'x'.repeat(1100)],
];
const mostly = <T>(usual: readonly T[], odd: fc.Arbitrary<T>): fc.Arbitrary<T> =>
  fc.oneof({ weight: 100, arbitrary: fc.constantFrom(...usual) }, { weight: 1, arbitrary: odd });

const keys = mostly(
  ['a', 'b', 'c', 'd', 'e', 'name', 'spec', 'dependsOn', 'n.1', '7', 'e-f', 'g/h'],
  fc.constantFrom(...ODD_KEYS),
);
const oddScalars = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...ODD_SCALARS) },
  { weight: 1, arbitrary: fc.string({ maxLength: 6 }) },
  { weight: 2, arbitrary: fc.stringMatching(/^[019.+\-_exofainFN#:,[\]{}"' ~]{1,5}$/) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) },
);
const scalars = fc.oneof(
  {
    weight: 2,
    arbitrary: mostly(words(`x  some text  12  0.5  true  "q: #"  'q'  [a, b]  64MiB`), oddScalars),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...ODD_SCALARS).filter((text) => readPlain(`a: ${text}`) !== null),
  },
);
const spaces = fc.nat(3).map((count) => ' '.repeat(count));
const gaps = mostly([' ', ' ', '  '], fc.constant(''));
const trailers = mostly(
  ['', '', '', '', '', ' ', '  ', ' # c', ' #', ' # a: "b'],
  fc.constantFrom('#', '# c', '\t', '\t# c', '\n', '\n\n', '\n# c', '\n   # c', ' |', ' &x', '\u00a0', '\r'),
);

/** Lines with no thought of what is above them. */
const looseLines = fc
  .array(
    fc
      .tuple(
        fc.constantFrom('', '', '', '', '', '  ', '  ', ' '),
        fc.constantFrom('', '', '', '', '- ', '- ', '-  ', '- - ', '-'),
        fc.oneof(
          { weight: 8, arbitrary: keys.map((key) => `${key}:`) },
          { weight: 1, arbitrary: fc.constant('') },
        ),
        gaps,
        fc.oneof({ weight: 1, arbitrary: scalars }, { weight: 1, arbitrary: fc.constant('') }),
        trailers,
      )
      .map((parts) => parts.join('')),
    { minLength: 1, maxLength: 4 },
  )
  .map((lines) => lines.join('\n'));

/** A value as lines, of which the first may go on the line of its key or dash. */
type Block = { inline: string } | { lines: string[]; isList: boolean };

const { map: maps } = fc.letrec<{ block: Block; map: Block & { lines: string[] }; list: Block }>((tie) => ({
  block: fc.oneof(
    { depthSize: 'xsmall', withCrossShrink: true },
    { weight: 6, arbitrary: scalars.map((inline): Block => ({ inline })) },
    { weight: 4, arbitrary: tie('map') },
    { weight: 2, arbitrary: tie('list') },
  ),
  map: fc
    .uniqueArray(fc.tuple(keys, gaps, spaces, trailers, tie('block')), {
      minLength: 1,
      maxLength: 4,
      // Twice in the same map now and then.
      selector: ([key, gap]) => (gap === '' ? {} : key),
    })
    .map((pairs) => ({
      isList: false,
      lines: pairs.flatMap(([key, gap, indent, trailer, value]) => {
        if ('inline' in value) return [`${key}:${gap}${value.inline}${trailer}`];
        // The dashes of a list need no indentation below a key.
        const by = value.isList ? indent : `${indent} `;
        return [`${key}:${trailer}`, ...value.lines.map((line) => by + line)];
      }),
    })),
  list: fc
    .array(fc.tuple(spaces, trailers, tie('block')), { minLength: 1, maxLength: 3 })
    .map((items): Block => ({
      isList: true,
      lines: items.flatMap(([gap, trailer, value]) => {
        if ('inline' in value) return [`- ${gap}${value.inline}${trailer}`];
        const [first = '', ...rest] = value.lines;
        return [`- ${gap}${first}`, ...rest.map((line) => `  ${gap}${line}`)];
      }),
    })),
}));

const fillers = fc.array(fc.tuple(fc.nat(20), fc.constantFrom('', '  ', '# c', '    # c', '  #', '      ')), {
  maxLength: 2,
});

/** Documents that are mostly right. */
const wholeDocuments = fc
  .tuple(
    maps,
    fillers,
    mostly(['\n'], fc.constant('\r\n')),
    mostly(
      ['', '\n', '\n\n', '\n# end', '\n  '],
      fc.constantFrom('\n---', '\n---\n', '\n...\n', '\n--- # c'),
    ),
    mostly([''], fc.constantFrom('\n', '---\n', '\ufeff', ' ', '%YAML 1.2\n---\n', '# c\n', '\n\n')),
  )
  .map(([{ lines }, extra, newline, end, start]) => {
    const all = [...lines];
    for (const [at, filler] of extra) all.splice(at % (lines.length + 1), 0, filler);
    return `${start}${all.join(newline)}${end}`;
  });

/** Small changes that turn right documents into ones that are nearly so. */
const EDITS = words(
  "x  :  #  -  '  \"  [  ]  {  }  ,  &  *  !  |  >  ?  %  @  `  ~  0  .  ''  []  {}  \\",
).concat(
  ' ',
  '\n',
  '\n ',
  '\n  ',
  '\n   ',
  ': ',
  ' #',
  '- ',
  '\r\n',
  '\r',
  '\t',
  '',
  '',
  '',
  '',
  '',
  '\u00a0',
  '\ud83d',
);
const edits = fc.array(fc.tuple(fc.nat(), fc.nat(2), fc.constantFrom(...EDITS)), {
  minLength: 1,
  maxLength: 2,
});
const editedDocuments = fc.tuple(wholeDocuments, edits).map(([text, changes]) =>
  changes.reduce((before, [place, drop, add]) => {
    const at = place % (before.length + 1);
    return before.slice(0, at) + add + before.slice(at + drop);
  }, text),
);

/** What the library makes of a text; null for a mistake of any kind. */
function readWithLibrary(text: string): JsonObject | null {
  const result = parseWithLibrary(text);
  return result.ok && result.value.mistakes.length === 0 ? result.value.source : null;
}

describe('a text that is read as plain is read as the library reads it', () => {
  it.each([
    ['one value', scalars.map((text) => `a: ${text}`)],
    ['one item', oddScalars.map((text) => `a:\n- ${text}`)],
    ['one key', fc.constantFrom(...ODD_KEYS).map((key) => `a:\n  - ${key}: b`)],
    ['lines in no order', looseLines],
    ['documents that are mostly right', wholeDocuments],
    ['documents with a small change', editedDocuments],
  ])('%s', (_, texts) => {
    let taken = 0;
    let total = 0;
    fc.assert(
      fc.property(texts, (text) => {
        const plain = readPlain(text);
        total += 1;
        if (plain === null) return;
        taken += 1;
        const want = readWithLibrary(text);
        deepStrictEqual(plain, want);
        // In the same order of keys.
        deepStrictEqual(JSON.stringify(plain), JSON.stringify(want));
      }),
      { numRuns: 1_000 },
    );
    // A reader that takes nothing is never wrong.
    expect(taken / total).toBeGreaterThan(0.03);
  });
});
