/** Checks a stream of chunks for well-formed UTF-8, also where a character is cut by the end of a chunk. */
import { isUtf8 } from 'node:buffer';

/** How many bytes at the end belong to a character that is not complete yet: 0 to 3. */
function openBytes(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? back : 0;
    }
  }
  return 0;
}

const NO_BYTES = Buffer.alloc(0);

export class Utf8Check {
  private carry: Buffer = NO_BYTES;

  /** false as soon as the bytes so far cannot be UTF-8. */
  push(chunk: Buffer): boolean {
    // Only the few bytes around the seam are copied; the bulk is checked in place.
    let rest = chunk;
    while (this.carry.length > 0 && rest.length > 0) {
      const joined = Buffer.concat([this.carry, rest.subarray(0, 1)]);
      rest = rest.subarray(1);
      if (openBytes(joined) === joined.length) this.carry = joined;
      else if (isUtf8(joined)) this.carry = NO_BYTES;
      else return false;
    }
    const open = openBytes(rest);
    if (!isUtf8(rest.subarray(0, rest.length - open))) return false;
    if (open > 0) this.carry = Buffer.from(rest.subarray(rest.length - open));
    return true;
  }

  /** false when the stream ends within a character. */
  finish(): boolean {
    return this.carry.length === 0;
  }
}
