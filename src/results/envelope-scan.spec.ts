import { EnvelopeScanner, type ScanSummary } from './envelope-scan';
import { JsonScanError, MAX_JSON_DEPTH } from './json-scan';

const CAPTURE = new Map([
  ['task_id', 64],
  ['worker_id', 4],
]);

function scan(text: string | Buffer, pieceLength = 3): { summary: ScanSummary; result: string } {
  const bytes = Buffer.from(text);
  let result = '';
  const scanner = new EnvelopeScanner({
    capture: CAPTURE,
    onResult: (part) => (result += part.toString('latin1')),
  });
  for (let at = 0; at < bytes.length; at += pieceLength) scanner.push(bytes.subarray(at, at + pieceLength));
  return { summary: scanner.finish(), result: Buffer.from(result, 'latin1').toString('utf8') };
}

describe('EnvelopeScanner', () => {
  test.each([
    [
      'an object',
      '{"a": [1, {"result": 2}], "result": {"x": "}", "result": 1}, "b": 3}',
      '{"x": "}", "result": 1}',
    ],
    ['a string with escapes', '{"result":"a\\"b\\\\\\u00e9é😀"}', '"a\\"b\\\\\\u00e9é😀"'],
    ['a number at the end', '{"result":-1.5e+10}', '-1.5e+10'],
    ['a number before a blank', '{"result":0 ,"x":1}', '0'],
    ['a word', '{ "result" : null }', 'null'],
    ['a member whose name is escaped', '{"\\u0072esult":[]}', '[]'],
    ['nothing', '{"results":1}', ''],
  ])('gives the bytes of the result as they are: %s', (_name, text, expected) => {
    for (const pieceLength of [1, 2, 7, 1000]) expect(scan(text, pieceLength).result).toBe(expected);
  });

  test('says where the members lie and keeps the captured ones, up to their limit', () => {
    const text = '{"worker_id":"long","task_id":"t","result":[1]}';
    const { members, captured, topLevel, length } = scan(text).summary;
    const at = members.get('result');
    expect(text.slice(at?.start, at?.end)).toBe('[1]');
    expect(captured.get('task_id')?.toString()).toBe('"t"');
    expect(captured.get('worker_id')).toBeNull();
    expect([topLevel, length]).toEqual(['object', text.length]);
  });

  test.each(['[]', '1', '"x"', 'true', ' [{"result": 1}] '])('takes %s as JSON that is no object', (text) => {
    const { topLevel, members } = scan(text).summary;
    expect([topLevel, members.size]).toEqual(['other', 0]);
  });

  test.each([
    '',
    ' ',
    '{',
    '[',
    '"',
    '{"a"',
    '{"a":',
    '{"a":1',
    '{"a":1,',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    "{'a':1}",
    '[1,]',
    '[,1]',
    '[1 2]',
    '{]',
    '[}',
    '01',
    '-',
    '1.',
    '.5',
    '1e',
    '1e+',
    '+1',
    '--1',
    'nul',
    'nulls',
    'True',
    'NaN',
    'Infinity',
    '"\\x"',
    '"\\u12g4"',
    '"a\nb"',
    '{} {}',
    '1 2',
    ']',
    '\ufeff{}',
    '// c\n1',
    '{"result":1,"result":2}',
  ])('refuses %j', (text) => {
    for (const pieceLength of [1, 1000]) expect(() => scan(text, pieceLength)).toThrow(JsonScanError);
  });

  test('takes the deepest nesting that is allowed, and none deeper', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    expect(() => scan(nested(MAX_JSON_DEPTH), 1000)).not.toThrow();
    expect(() => scan(nested(MAX_JSON_DEPTH + 1), 1000)).toThrow('nested deeper');
  });

  test.each([['ff'], ['22c322'], ['22e28222'], ['22c0ae22'], ['22eda08022'], ['22f4908080'], ['22c3']])(
    'refuses bytes that are no UTF-8: %s',
    (hex) => {
      for (const pieceLength of [1, 1000])
        expect(() => scan(Buffer.from(hex, 'hex'), pieceLength)).toThrow(JsonScanError);
    },
  );
});
