/**
 * Validates JSON byte by byte in constant memory and tells where the top-level members lie.
 * An own scanner, since tokenizers that are to be had build every string in memory: one result can be a 900 MB string.
 */
import { Utf8Check } from '../http/utf8';
import { CappedBytes } from './capped-bytes';
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
const MAX_KEY_BYTES = 256;

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

export interface ScanOptions {
  /** Top-level members to keep in memory, with the most bytes to keep of each. */
  capture: ReadonlyMap<string, number>;
  /** Is given the bytes of the top-level member `result`, piece by piece, while they pass. */
  onResult?: (bytes: Buffer) => void;
}

export interface ScanSummary {
  topLevel: 'object' | 'other';
  /** Length of the text in bytes. */
  length: number;
  /** First byte and the byte after the last one of each member of a top-level object that was captured or is `result`. */
  members: ReadonlyMap<string, { start: number; end: number }>;
  /** Bytes of the captured members; null when one is longer than allowed. */
  captured: ReadonlyMap<string, Buffer | null>;
}

/** Feed it chunks with `push`, end with `finish`; both throw JsonScanError. */
export class EnvelopeScanner {
  private state: ScanState = 'value';
  private depth = 0;
  private readonly kinds = new Uint8Array(MAX_JSON_DEPTH);
  private readonly utf8 = new Utf8Check();
  /** Bytes of all chunks before the present one. */
  private base = 0;
  private done = false;
  private topLevel: 'object' | 'other' = 'other';
  private stringIsKey = false;
  private hexLeft = 0;
  private literal: Buffer = Buffer.alloc(0);
  private literalAt = 0;

  /** Index in the present chunk from which bytes are being taken; -1: none are. */
  private spanFrom = -1;
  private sink: ((bytes: Buffer) => void) | null = null;
  private key = new CappedBytes(MAX_KEY_BYTES);
  private memberStart = 0;
  private memberName = '';
  private readonly members = new Map<string, { start: number; end: number }>();
  private readonly captured = new Map<string, CappedBytes>();

  constructor(private readonly options: ScanOptions) {}

  push(chunk: Buffer): void {
    if (!this.utf8.push(chunk)) throw new JsonScanError(this.base, 'not UTF-8');
    if (this.sink !== null) this.spanFrom = 0;
    let i = 0;
    while (i < chunk.length) i = this.state === 'string' ? this.inString(chunk, i) : this.step(chunk, i);
    if (this.sink !== null) this.take(chunk, chunk.length);
    this.base += chunk.length;
  }

  finish(): ScanSummary {
    if (!this.utf8.finish()) throw new JsonScanError(this.base, 'not UTF-8');
    if (NUMBER_MAY_END.has(this.state)) this.endValue(Buffer.alloc(0), 0);
    if (!this.done) throw new JsonScanError(this.base, 'the text ends too early');
    return {
      topLevel: this.topLevel,
      length: this.base,
      members: this.members,
      captured: new Map([...this.captured].map(([name, kept]) => [name, kept.whole()])),
    };
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
    if (this.depth === 1 && this.kinds[0] === OBJECT) this.beginMember(i);
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
    if (this.depth === 0 && kind === OBJECT) this.topLevel = 'object';
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
    // Deeper names are part of a value that may be passing through the sink.
    if (this.depth === 1 && this.sink !== null) {
      this.take(chunk, end);
      this.sink = null;
    }
    this.state = 'colon';
  }

  private endValue(chunk: Buffer, end: number): void {
    this.state = 'after-value';
    if (this.depth === 0) this.done = true;
    else if (this.depth === 1 && this.kinds[0] === OBJECT) {
      if (this.sink !== null) {
        this.take(chunk, end);
        this.sink = null;
      }
      if (this.isWanted(this.memberName)) {
        this.members.set(this.memberName, { start: this.memberStart, end: this.base + end });
      }
    }
  }

  private beginKey(i: number): void {
    this.stringIsKey = true;
    this.state = 'string';
    if (this.depth !== 1) return;
    const key = new CappedBytes(MAX_KEY_BYTES);
    this.key = key;
    this.spanFrom = i;
    this.sink = (bytes): void => {
      key.add(bytes);
    };
  }

  private beginMember(i: number): void {
    const name: unknown = JSON.parse(this.key.whole()?.toString() ?? '""');
    this.memberName = typeof name === 'string' ? name : '';
    this.memberStart = this.base + i;
    if (!this.isWanted(this.memberName)) return;
    if (this.members.has(this.memberName)) throw this.error(i, `"${this.memberName}" is there twice`);
    this.spanFrom = i;
    if (this.memberName === 'result') {
      this.sink = this.options.onResult ?? null;
      return;
    }
    const kept = new CappedBytes(this.options.capture.get(this.memberName) ?? 0);
    this.captured.set(this.memberName, kept);
    this.sink = (bytes): void => {
      kept.add(bytes);
    };
  }

  private isWanted(name: string): boolean {
    return name === 'result' || this.options.capture.has(name);
  }

  private take(chunk: Buffer, end: number): void {
    if (this.sink !== null && end > this.spanFrom) this.sink(chunk.subarray(this.spanFrom, end));
    this.spanFrom = end;
  }

  private error(i: number, what: string): JsonScanError {
    return new JsonScanError(this.base + i, what);
  }
}
