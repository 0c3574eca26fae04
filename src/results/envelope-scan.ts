/** Validates an envelope byte by byte in constant memory and tells where its top-level members lie. */
import { CappedBytes } from './capped-bytes';
import { OBJECT } from './json-grammar';
import { JsonScanner } from './json-scan';

const MAX_KEY_BYTES = 256;
const OPENING_BRACE = 0x7b;

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
export class EnvelopeScanner extends JsonScanner {
  private topLevel: 'object' | 'other' = 'other';
  /** Index in the present chunk from which bytes are being taken; -1: none are. */
  private spanFrom = -1;
  private sink: ((bytes: Buffer) => void) | null = null;
  private key = new CappedBytes(MAX_KEY_BYTES);
  private memberStart = 0;
  private memberName = '';
  private readonly members = new Map<string, { start: number; end: number }>();
  private readonly captured = new Map<string, CappedBytes>();

  constructor(private readonly options: ScanOptions) {
    super();
  }

  finish(): ScanSummary {
    this.end();
    return {
      topLevel: this.topLevel,
      length: this.base,
      members: this.members,
      captured: new Map([...this.captured].map(([name, kept]) => [name, kept.whole()])),
    };
  }

  protected chunkBegins(): void {
    if (this.sink !== null) this.spanFrom = 0;
  }

  protected chunkEnds(chunk: Buffer): void {
    if (this.sink !== null) this.take(chunk, chunk.length);
  }

  protected valueBegins(first: number, i: number): void {
    if (this.depth === 0 && first === OPENING_BRACE) this.topLevel = 'object';
    else if (this.depth === 1 && this.kinds[0] === OBJECT) this.beginMember(i);
  }

  protected valueEnds(chunk: Buffer, end: number): void {
    if (this.depth !== 1 || this.kinds[0] !== OBJECT) return;
    if (this.sink !== null) {
      this.take(chunk, end);
      this.sink = null;
    }
    if (this.isWanted(this.memberName)) {
      this.members.set(this.memberName, { start: this.memberStart, end: this.base + end });
    }
  }

  protected nameBegins(i: number): void {
    if (this.depth !== 1) return;
    const key = new CappedBytes(MAX_KEY_BYTES);
    this.key = key;
    this.spanFrom = i;
    this.sink = (bytes): void => {
      key.add(bytes);
    };
  }

  protected nameEnds(chunk: Buffer, end: number): void {
    // Deeper names are part of a value that may be passing through the sink.
    if (this.depth !== 1 || this.sink === null) return;
    this.take(chunk, end);
    this.sink = null;
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
}
