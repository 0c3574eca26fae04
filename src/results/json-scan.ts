/**
 * Walks JSON byte by byte in constant memory, well-formed or not; what its values and names are good for is said by
 * those who extend it.
 * An own scanner, since tokenizers that are to be had build every string in memory: one result can be a 900 MB string.
 */
import { Utf8Check } from '../http/utf8';
import {
  afterNumberByte,
  ARRAY,
  BACKSLASH,
  DIGITS_GO_ON,
  ESCAPABLE,
  isDigit,
  isHex,
  isSpace,
  LITERALS,
  NUMBER_MAY_END,
  OBJECT,
  QUOTE,
  type ScanState,
} from './json-grammar';

/** Deeper JSON is refused: writing it out again (`JSON.stringify`) is recursive. */
export const MAX_JSON_DEPTH = 1000;

const NO_BYTES = Buffer.alloc(0);

/** The text is not well-formed JSON; `offset` counts bytes from 0. */
export class JsonScanError extends Error {
  constructor(
    readonly offset: number,
    what: string,
  ) {
    super(`not well-formed JSON at byte ${String(offset)}: ${what}`);
    this.name = 'JsonScanError';
  }
}

/** Feed it chunks with `push`, end with `end`; both throw JsonScanError. Indices are those of the present chunk. */
export abstract class JsonScanner {
  /** Maps and lists that are open. */
  protected depth = 0;
  /** OBJECT or ARRAY for each of them, outermost first. */
  protected readonly kinds: number[] = [];
  /** Bytes of all chunks before the present one. */
  protected base = 0;
  private state: ScanState = 'value';
  private readonly utf8 = new Utf8Check();
  private done = false;
  private stringIsKey = false;
  private hexLeft = 0;
  private literal: Buffer = NO_BYTES;
  private literalAt = 0;

  push(chunk: Buffer): void {
    if (!this.utf8.push(chunk)) throw new JsonScanError(this.base, 'not UTF-8');
    this.chunkBegins();
    let i = 0;
    while (i < chunk.length) i = this.state === 'string' ? this.inString(chunk, i) : this.step(chunk, i);
    this.chunkEnds(chunk);
    this.base += chunk.length;
  }

  /** No more chunks. */
  protected end(): void {
    if (!this.utf8.finish()) throw new JsonScanError(this.base, 'not UTF-8');
    if (NUMBER_MAY_END.has(this.state)) this.endValue(NO_BYTES, 0);
    if (!this.done) throw new JsonScanError(this.base, 'the text ends too early');
  }

  protected abstract chunkBegins(): void;
  protected abstract chunkEnds(chunk: Buffer): void;
  /** With its first byte; `depth` is that of the map or list around it, 0 for the text's own value. */
  protected abstract valueBegins(first: number, i: number): void;
  /** The byte at `end` is the first after it; `depth` is as it was when it began. */
  protected abstract valueEnds(chunk: Buffer, end: number): void;
  /** A name within a map, at its opening quote. */
  protected abstract nameBegins(i: number): void;
  /** After its closing quote. */
  protected abstract nameEnds(chunk: Buffer, end: number): void;

  protected error(i: number, what: string): JsonScanError {
    return new JsonScanError(this.base + i, what);
  }

  /** The fast way through long strings; returns the index of the next byte to look at. */
  private inString(chunk: Buffer, from: number): number {
    let i = from;
    for (; i < chunk.length; i += 1) {
      const c = chunk[i] ?? 0;
      if (c === QUOTE) {
        this.endString(chunk, i + 1);
        return i + 1;
      }
      if (c === BACKSLASH) {
        this.state = 'escape';
        return i + 1;
      }
      if (c < 0x20) throw this.error(i, 'a control character in a string');
    }
    return i;
  }

  /** Takes one byte; returns the index of the next one (the same, when a number ends before it). */
  private step(chunk: Buffer, i: number): number {
    const c = chunk[i] ?? 0;
    switch (this.state) {
      case 'value':
      case 'value-or-end':
        if (isSpace(c)) return i + 1;
        if (this.state === 'value-or-end' && c === 0x5d) return this.close(chunk, i, ARRAY);
        this.beginValue(c, i);
        return i + 1;
      case 'key-or-end':
      case 'key':
        if (isSpace(c)) return i + 1;
        if (this.state === 'key-or-end' && c === 0x7d) return this.close(chunk, i, OBJECT);
        if (c !== QUOTE) throw this.error(i, 'expected a member name in quotes');
        this.beginKey(i);
        return i + 1;
      case 'colon':
        if (isSpace(c)) return i + 1;
        if (c !== 0x3a) throw this.error(i, 'expected a colon');
        this.state = 'value';
        return i + 1;
      case 'after-value':
        if (isSpace(c)) return i + 1;
        return this.afterValue(chunk, i, c);
      case 'escape':
        if (c === 0x75) {
          this.state = 'unicode';
          this.hexLeft = 4;
        } else if (ESCAPABLE.has(c)) this.state = 'string';
        else throw this.error(i, 'an unknown escape in a string');
        return i + 1;
      case 'unicode':
        if (!isHex(c)) throw this.error(i, 'expected four hex digits after \\u');
        this.hexLeft -= 1;
        if (this.hexLeft === 0) this.state = 'string';
        return i + 1;
      case 'literal':
        if (c !== this.literal[this.literalAt]) throw this.error(i, 'an unknown word');
        this.literalAt += 1;
        if (this.literalAt === this.literal.length) this.endValue(chunk, i + 1);
        return i + 1;
      default:
        return this.inNumber(chunk, i, c);
    }
  }

  private inNumber(chunk: Buffer, i: number, c: number): number {
    const next = afterNumberByte(this.state, c);
    if (next !== null) {
      this.state = next;
      let after = i + 1;
      if (DIGITS_GO_ON.has(next)) while (isDigit(chunk[after] ?? 0)) after += 1;
      return after;
    }
    if (!NUMBER_MAY_END.has(this.state)) throw this.error(i, 'a number that breaks off');
    this.endValue(chunk, i);
    return i;
  }

  private beginValue(c: number, i: number): void {
    this.valueBegins(c, i);
    if (c === QUOTE) {
      this.stringIsKey = false;
      this.state = 'string';
    } else if (c === 0x7b || c === 0x5b) this.open(c === 0x7b ? OBJECT : ARRAY, i);
    else if (c === 0x2d) this.state = 'minus';
    else if (c === 0x30) this.state = 'zero';
    else if (isDigit(c)) this.state = 'integer';
    else {
      const literal = LITERALS.get(c);
      if (literal === undefined) throw this.error(i, 'expected a value');
      this.literal = literal;
      this.literalAt = 1;
      this.state = 'literal';
    }
  }

  private open(kind: typeof OBJECT | typeof ARRAY, i: number): void {
    if (this.depth === MAX_JSON_DEPTH) throw this.error(i, `nested deeper than ${String(MAX_JSON_DEPTH)}`);
    this.kinds[this.depth] = kind;
    this.depth += 1;
    this.state = kind === OBJECT ? 'key-or-end' : 'value-or-end';
  }

  private close(chunk: Buffer, i: number, kind: typeof OBJECT | typeof ARRAY): number {
    if (this.kinds[this.depth - 1] !== kind) throw this.error(i, 'a bracket that does not match');
    this.depth -= 1;
    this.endValue(chunk, i + 1);
    return i + 1;
  }

  private afterValue(chunk: Buffer, i: number, c: number): number {
    if (this.done) throw this.error(i, 'something after the end');
    const kind = this.kinds[this.depth - 1];
    if (c === 0x2c) {
      this.state = kind === OBJECT ? 'key' : 'value';
      return i + 1;
    }
    if (c === 0x7d) return this.close(chunk, i, OBJECT);
    if (c === 0x5d) return this.close(chunk, i, ARRAY);
    throw this.error(i, 'expected a comma or a closing bracket');
  }

  private endString(chunk: Buffer, end: number): void {
    if (!this.stringIsKey) {
      this.endValue(chunk, end);
      return;
    }
    this.nameEnds(chunk, end);
    this.state = 'colon';
  }

  private endValue(chunk: Buffer, end: number): void {
    this.state = 'after-value';
    if (this.depth === 0) this.done = true;
    this.valueEnds(chunk, end);
  }

  private beginKey(i: number): void {
    this.stringIsKey = true;
    this.state = 'string';
    this.nameBegins(i);
  }
}
