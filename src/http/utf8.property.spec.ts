import fc from 'fast-check';
import { isUtf8 } from 'node:buffer';
import { Utf8Check } from './utf8';

function check(bytes: Buffer, pieceLength: number): boolean {
  const utf8 = new Utf8Check();
  for (let at = 0; at < bytes.length; at += pieceLength) {
    if (!utf8.push(bytes.subarray(at, at + pieceLength))) return false;
  }
  return utf8.finish();
}

test('a text is UTF-8 however it is cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.integer({ min: 1, max: 6 }), (text, length) => {
      expect(check(Buffer.from(text), length)).toBe(true);
    }),
  );
});

test('bytes are judged as Node judges them at once', () => {
  const lead = fc.constantFrom(
    0x41,
    0x80,
    0xbf,
    0xc0,
    0xc3,
    0xe0,
    0xe2,
    0xed,
    0xf0,
    0xf4,
    0xf8,
    0xff,
    0x82,
    0xa0,
    0x9f,
  );
  fc.assert(
    fc.property(fc.array(lead, { maxLength: 12 }), fc.integer({ min: 1, max: 6 }), (values, length) => {
      const bytes = Buffer.from(values);
      expect(check(bytes, length)).toBe(isUtf8(bytes));
    }),
    { numRuns: 3000 },
  );
});
