/** Tells where in a JSON text the values lie that somebody asks for, in one pass and without parsing any of them. */
import { type Wanted } from '../core/template/wanted';
import { CappedBytes } from './capped-bytes';
import { QUOTE } from './json-grammar';
import { JsonScanner } from './json-scan';

/** Longer names are not recognized. */
const MAX_NAME_BYTES = 64 * 1024;
/** As many as an error shows, and one more. */
const NAMES_KEPT = 21;
const SHOWN_CHARS = 61;
/** What is known of one takes some 150 bytes. */
const MAX_LOCATED = 200_000;

export type ValueKind = 'map' | 'list' | 'string' | 'number' | 'boolean' | 'null';

/** Of values that can have none: there may be very many of them. */
const NO_MEMBERS = new Map<string, Located>();
const NO_ITEMS = new Map<number, Located>();
const NO_NAMES: string[] = [];

/** A value that is asked for, or in which something is. */
export class Located {
  /** The byte after its last one. */
  end = 0;
  /** Of a map: those of its members that matter. */
  readonly members: Map<string, Located>;
  /** Of a list: those of its items that matter, by place. */
  readonly items: Map<number, Located>;
  /** The first names of a map, the beginning of each. */
  readonly names: string[];
  /** Members or items that it has in all. */
  count = 0;

  constructor(
    readonly kind: ValueKind,
    readonly start: number,
  ) {
    this.members = kind === 'map' ? new Map<string, Located>() : NO_MEMBERS;
    this.items = kind === 'list' ? new Map<number, Located>() : NO_ITEMS;
    this.names = kind === 'map' ? [] : NO_NAMES;
  }

  /** With all that is within. */
  get total(): number {
    let total = 1;
    for (const member of this.members.values()) total += member.total;
    for (const item of this.items.values()) total += item.total;
    return total;
  }
}

/** More values are asked for than can be kept apart. */
export class TooManyLocated extends Error {
  constructor() {
    super(`the paths lead to more than ${String(MAX_LOCATED)} values`);
    this.name = 'TooManyLocated';
  }
}

/** A map or list in which something is asked for. */
interface Frame {
  value: Located;
  wanted: Wanted;
  /** What is asked for of the member whose name was read last, and that name. */
  next: Wanted | null;
  name: string;
  /** The member or item that is being read, where it matters. */
  open: Located | null;
}

/** Feed it chunks with `push`, end with `finish`; both throw JsonScanError, `push` also TooManyLocated. */
export class PathScanner extends JsonScanner {
  /** One for each map or list around the present byte, as long as something in them is asked for. */
  private readonly frames: Frame[] = [];
  private root: Located | null = null;
  /** Index in the present chunk at which a name begins, or goes on; -1: none is being read. */
  private nameFrom = -1;
  /** What came of it with earlier chunks. */
  private nameSoFar: CappedBytes | null = null;
  private located = 0;

  constructor(private readonly wanted: Wanted) {
    super();
  }

  finish(): Located {
    this.end();
    if (this.root === null) throw new Error('a text has a value when it ends');
    return this.root;
  }

  protected chunkBegins(): void {
    if (this.nameSoFar !== null) this.nameFrom = 0;
  }

  protected chunkEnds(chunk: Buffer): void {
    if (this.nameFrom < 0) return;
    this.nameSoFar ??= new CappedBytes(MAX_NAME_BYTES);
    this.nameSoFar.add(chunk.subarray(this.nameFrom));
    this.nameFrom = -1;
  }

  protected valueBegins(first: number, i: number): void {
    if (this.frames.length !== this.depth) return;
    const frame = this.frames.at(-1);
    const place = frame?.value.kind === 'list' ? frame.value.count++ : 0;
    const wanted = frame === undefined ? this.wanted : asked(frame, place);
    if (wanted === null) return;
    const value = new Located(kindOf(first), this.base + i);
    if (++this.located > MAX_LOCATED) throw new TooManyLocated();
    if (frame === undefined) this.root = value;
    else this.keep(frame, place, value);
    const isContainer = value.kind === 'map' || value.kind === 'list';
    if (isContainer && wanted.leadsOn) this.frames.push({ value, wanted, next: null, name: '', open: null });
  }

  protected valueEnds(_chunk: Buffer, end: number): void {
    const at = this.base + end;
    if (this.frames.length === this.depth + 1) {
      const frame = this.frames.pop();
      if (frame !== undefined) frame.value.end = at;
    }
    if (this.frames.length !== this.depth) return;
    const around = this.frames.at(-1);
    const value = around === undefined ? this.root : around.open;
    if (value !== null) value.end = at;
    if (around !== undefined) around.open = null;
  }

  protected nameBegins(i: number): void {
    if (this.frames.length === this.depth) this.nameFrom = i;
  }

  protected nameEnds(chunk: Buffer, end: number): void {
    const frame = this.frames.at(-1);
    if (this.nameFrom < 0 || frame === undefined) return;
    const name = this.nameUpTo(chunk, end);
    this.nameFrom = -1;
    this.nameSoFar = null;
    frame.value.count += 1;
    if (frame.value.names.length < NAMES_KEPT) frame.value.names.push((name ?? '…').slice(0, SHOWN_CHARS));
    frame.name = name ?? '';
    frame.next = name === null ? null : (frame.wanted.members.get(name) ?? null);
  }

  /** null: it is too long. */
  private nameUpTo(chunk: Buffer, end: number): string | null {
    if (this.nameSoFar === null) {
      if (end - this.nameFrom > MAX_NAME_BYTES) return null;
      const plain = chunk.toString('utf8', this.nameFrom + 1, end - 1);
      return plain.includes('\\') ? (JSON.parse(`"${plain}"`) as string) : plain;
    }
    this.nameSoFar.add(chunk.subarray(this.nameFrom, end));
    const bytes = this.nameSoFar.whole();
    return bytes === null ? null : (JSON.parse(bytes.toString('utf8')) as string);
  }

  private keep(frame: Frame, place: number, value: Located): void {
    frame.open = value;
    const { members, items } = frame.value;
    if (frame.value.kind === 'map') {
      // Of a name that is there twice the last one counts, as it does to JSON.parse.
      this.forget(members.get(frame.name));
      members.set(frame.name, value);
      return;
    }
    items.set(place, value);
    const { items: places } = frame.wanted;
    const gone = place - Math.max(1, places.lastCount);
    if (places.isSure(gone)) return;
    this.forget(items.get(gone));
    items.delete(gone);
  }

  private forget(value: Located | undefined): void {
    if (value !== undefined) this.located -= value.total;
  }
}

function asked(frame: Frame, place: number): Wanted | null {
  return frame.value.kind === 'list' ? frame.wanted.items.maybe(place) : frame.next;
}

function kindOf(first: number): ValueKind {
  switch (first) {
    case 0x7b:
      return 'map';
    case 0x5b:
      return 'list';
    case QUOTE:
      return 'string';
    case 0x74:
    case 0x66:
      return 'boolean';
    case 0x6e:
      return 'null';
    default:
      return 'number';
  }
}
