import fc from 'fast-check';
import { EnvelopeScanner } from './envelope-scan';
import { JsonScanError } from './json-scan';

/** Feeds the text in pieces of the given lengths, over and over; gives the bytes of `result`, or null when refused. */
function scan(text: string, lengths: readonly number[]): string | null {
  const bytes = Buffer.from(text);
  const parts: Buffer[] = [];
  const scanner = new EnvelopeScanner({
    capture: new Map(),
    onResult: (part) => parts.push(Buffer.from(part)),
  });
  try {
    for (let at = 0, n = 0; at < bytes.length; n += 1) {
      const length = lengths[n % lengths.length] ?? 1;
      scanner.push(bytes.subarray(at, at + length));
      at += length;
    }
    scanner.finish();
  } catch (error) {
    if (error instanceof JsonScanError) return null;
    throw error;
  }
  return Buffer.concat(parts).toString('utf8');
}

function parses(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

test('any result comes out byte by byte, however the body is cut into pieces', () => {
  fc.assert(
    fc.property(
      fc.jsonValue(),
      fc.jsonValue(),
      pieces,
      fc.constantFrom(0, 1, 2),
      (result, other, lengths, indent) => {
        const bytes = JSON.stringify(result, null, indent);
        expect(scan(`{"other":${JSON.stringify(other)},"result": ${bytes}\n}`, lengths)).toBe(bytes);
      },
    ),
  );
});

test('a text is refused exactly when it is not JSON', () => {
  const damaged = fc
    .tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', '"', '{', '}', '[', ']', ',', ':', '0', '-', 'e', '.', '\\', 't', ' ', '\n'),
    )
    .map(([text, place, piece]) => {
      const at = place % (text.length + 1);
      return text.slice(0, at) + piece + text.slice(at + (piece === '' ? 1 : 0));
    })
    // A name that is there twice is refused, which JSON.parse does not do; a lone surrogate is no UTF-8.
    .filter((text) => !text.includes('"result"'));
  fc.assert(
    fc.property(damaged, pieces, (text, lengths) => {
      expect(scan(text, lengths) !== null).toBe(parses(Buffer.from(text).toString('utf8')));
    }),
    { numRuns: 1000 },
  );
});
