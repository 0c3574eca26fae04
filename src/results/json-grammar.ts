/** JSON's grammar (RFC 8259) as the scanner walks it: states, bytes, numbers. */

/** Where in the grammar the next byte stands. */
export type ScanState =
  | 'value'
  | 'value-or-end'
  | 'key-or-end'
  | 'key'
  | 'colon'
  | 'after-value'
  | 'string'
  | 'escape'
  | 'unicode'
  | 'literal'
  | 'minus'
  | 'zero'
  | 'integer'
  | 'point'
  | 'fraction'
  | 'exponent'
  | 'exponent-sign'
  | 'exponent-digits';

export const NUMBER_MAY_END: ReadonlySet<ScanState> = new Set<ScanState>([
  'zero',
  'integer',
  'fraction',
  'exponent-digits',
]);
export const DIGITS_GO_ON: ReadonlySet<ScanState> = new Set<ScanState>([
  'integer',
  'fraction',
  'exponent-digits',
]);
export const LITERALS: ReadonlyMap<number, Buffer> = new Map(
  ['true', 'false', 'null'].map((word) => [word.charCodeAt(0), Buffer.from(word)]),
);
export const ESCAPABLE = new Set(Buffer.from('"\\/bfnrt'));

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OBJECT = 1;
export const ARRAY = 0;

export const isSpace = (c: number): boolean => c === 0x20 || c === 0x0a || c === 0x0d || c === 0x09;
export const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39;
export const isHex = (c: number): boolean => isDigit(c) || ((c | 0x20) >= 0x61 && (c | 0x20) <= 0x66);

/** The state after one more byte of a number; null when the byte does not belong to it. */
export function afterNumberByte(state: ScanState, c: number): ScanState | null {
  if (isDigit(c)) {
    if (state === 'minus') return c === 0x30 ? 'zero' : 'integer';
    if (state === 'integer') return 'integer';
    if (state === 'point' || state === 'fraction') return 'fraction';
    if (state === 'exponent' || state === 'exponent-sign' || state === 'exponent-digits')
      return 'exponent-digits';
    return null;
  }
  if (c === 0x2e && (state === 'zero' || state === 'integer')) return 'point';
  if ((c | 0x20) === 0x65 && (state === 'zero' || state === 'integer' || state === 'fraction'))
    return 'exponent';
  if ((c === 0x2b || c === 0x2d) && state === 'exponent') return 'exponent-sign';
  return null;
}
