/** Paths into one value, put together so that who walks the value once knows at each step what is asked for below. */
import type { JsonPath } from '../json';

/** The place in a list to which a key leads, negative from the end: a key of digits leads there too. */
export function placeOf(key: string | number): number | null {
  if (typeof key === 'number') return key;
  return /^\d{1,9}$/.test(key) ? Number(key) : null;
}

export class Wanted {
  /** The value itself is asked for. */
  readonly isWhole: boolean;
  /** Something within it is. */
  readonly leadsOn: boolean;
  private readonly paths: readonly JsonPath[];
  private byName: ReadonlyMap<string, Wanted> | null = null;
  private byPlace: WantedPlaces | null = null;

  /**
   * @param spreads a name that is applied to a list means each of its items, as it does to executors that fill columns;
   * else it finds nothing there
   */
  constructor(
    paths: readonly JsonPath[],
    private readonly spreads: boolean,
  ) {
    this.paths = paths.filter((path) => path.length > 0);
    this.isWhole = this.paths.length < paths.length;
    this.leadsOn = this.paths.length > 0;
  }

  /** What is asked for of its members, where the value is a map. */
  get members(): ReadonlyMap<string, Wanted> {
    if (this.byName === null) {
      const groups = new Groups<string>();
      for (const [first = '', ...rest] of this.paths) groups.add(String(first), rest);
      this.byName = new Map([...groups].map(([name, paths]) => [name, new Wanted(paths, this.spreads)]));
    }
    return this.byName;
  }

  /** What is asked for of its items, where it is a list. */
  get items(): WantedPlaces {
    this.byPlace ??= new WantedPlaces(this.paths, this.spreads);
    return this.byPlace;
  }
}

/** Places are counted from 0. */
export class WantedPlaces {
  /** Every item is asked for. */
  readonly isEach: boolean;
  /** So many at the end may be, counted from there. */
  readonly lastCount: number;
  private readonly firstCount: number;
  private readonly fromStart = new Groups<number>();
  private readonly fromEnd = new Groups<number>();
  private readonly each: readonly JsonPath[];
  private readonly ofEach: Wanted | null;
  private readonly ofAny: Wanted | null;

  constructor(
    paths: readonly JsonPath[],
    private readonly spreads: boolean,
  ) {
    const each: JsonPath[] = [];
    for (const path of paths) {
      const place = placeOf(path[0] ?? '');
      if (place === null) each.push(path);
      else if (place < 0) this.fromEnd.add(-place, path.slice(1));
      else this.fromStart.add(place, path.slice(1));
    }
    this.each = spreads ? each : [];
    this.isEach = this.each.length > 0;
    this.firstCount = this.fromStart.largest + 1;
    this.lastCount = Math.max(0, this.fromEnd.largest);
    this.ofEach = this.wanted(this.each);
    this.ofAny = this.wanted([...this.each, ...this.fromEnd.all]);
  }

  /** What is asked for of an item. */
  of(place: number, length: number): Wanted | null {
    const [start, end] = [this.fromStart.get(place), this.fromEnd.get(length - place)];
    return start === undefined && end === undefined
      ? this.ofEach
      : this.wanted([...(start ?? []), ...(end ?? []), ...this.each]);
  }

  /** What may be asked for of it, as long as nobody knows how many follow. */
  maybe(place: number): Wanted | null {
    const start = this.fromStart.get(place);
    return start === undefined ? this.ofAny : this.wanted([...start, ...this.fromEnd.all, ...this.each]);
  }

  /** Whether it is asked for however many follow. */
  isSure(place: number): boolean {
    return this.isEach || this.fromStart.get(place) !== undefined;
  }

  /** From where to where items must stay for all of these paths to find what they find, first to last. */
  kept(length: number): [from: number, to: number][] {
    const first = Math.min(this.firstCount, length);
    const isAll = this.isEach || (this.lastCount > 0 && first + this.lastCount >= length);
    if (isAll) return [[0, length]];
    return [
      [0, first],
      [length - this.lastCount, length],
    ];
  }

  private wanted(paths: readonly JsonPath[]): Wanted | null {
    return paths.length === 0 ? null : new Wanted(paths, this.spreads);
  }
}

class Groups<K extends string | number> {
  private readonly groups = new Map<K, JsonPath[]>();

  add(key: K, rest: JsonPath): void {
    const group = this.groups.get(key);
    if (group === undefined) this.groups.set(key, [rest]);
    else group.push(rest);
  }

  get(key: K): readonly JsonPath[] | undefined {
    return this.groups.get(key);
  }

  get all(): JsonPath[] {
    return [...this.groups.values()].flat();
  }

  /** -1: there is none. */
  get largest(): number {
    return Math.max(-1, ...[...this.groups.keys()].map(Number));
  }

  [Symbol.iterator](): IterableIterator<[K, JsonPath[]]> {
    return this.groups.entries();
  }
}
