/** Reads out of a large envelope what somebody asks for, and nothing else of it. */
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { AtMost } from '../core/at-most';
import { ProblemError } from '../core/errors';
import { formatPath, type JsonPath, type JsonValue } from '../core/json';
import { type Part, PartialList, PartialMap, Unread } from '../core/template/partial';
import { Wanted } from '../core/template/wanted';
import type { OpenEnvelope } from './open-envelope';
import { type Located, PathScanner, TooManyLocated } from './path-scan';

/** Bytes of JSON that may be read out of results for one purpose. */
export const MAX_PARTS_BYTES = 32 * 1024 * 1024;
/** Values whose places are remembered: a task is looked at, split, dispatched and dispatched again. */
const MAX_KNOWN = 200_000;
/** One does not hold up another for long, and the event loop is theirs in turn. */
const SCANS_AT_ONCE = 2;
/** Values that lie close to one another are read together. */
const READ_BYTES = 1024 * 1024;

/** How much more may be read. */
export interface PartsRoom {
  leftBytes: number;
}

export const partsRoom = (): PartsRoom => ({ leftBytes: MAX_PARTS_BYTES });

/** What is asked for of an envelope. */
export interface PartsQuery {
  paths: readonly JsonPath[];
  /** A name that is applied to a list means each of its items. */
  spreads: boolean;
}

interface Leaf {
  path: JsonPath;
  start: number;
  end: number;
  value: JsonValue;
}

@Injectable()
export class ResultParts {
  private readonly known = new LRUCache<string, Located>({
    maxSize: MAX_KNOWN,
    sizeCalculation: ({ total }) => total,
  });
  private readonly running = new Map<string, Promise<Located>>();
  private readonly scans = new AtMost(SCANS_AT_ONCE);

  /** Throws `too-large` when that has more bytes than there is room for, naming path, bytes and limit. */
  async read(envelope: OpenEnvelope, query: PartsQuery, room = partsRoom()): Promise<Part> {
    return await this.extract(envelope, await this.locate(envelope, query), query, room);
  }

  /** @param located of a query that asked for all of this one, or more */
  async extract(envelope: OpenEnvelope, located: Located, query: PartsQuery, room: PartsRoom): Promise<Part> {
    const leaves: Leaf[] = [];
    const build = plan(located, new Wanted(query.paths, query.spreads), [], leaves);
    takeRoom(envelope, leaves, room);
    await readAll(envelope, leaves);
    await envelope.requireUnchanged();
    return build();
  }

  /** Where it lies. The envelope is read once from end to end, in pieces, and only the first time. */
  async locate(envelope: OpenEnvelope, { paths, spreads }: PartsQuery): Promise<Located> {
    const key = JSON.stringify([envelope.fingerprint, spreads, paths]);
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const running = this.running.get(key);
    if (running !== undefined) return await running;
    const scan = this.scans.run(() => scanned(envelope, new Wanted(paths, spreads)));
    this.running.set(key, scan);
    try {
      const located = await scan;
      this.known.set(key, located);
      return located;
    } finally {
      this.running.delete(key);
    }
  }
}

async function scanned(envelope: OpenEnvelope, wanted: Wanted): Promise<Located> {
  const scanner = new PathScanner(wanted);
  try {
    for await (const piece of envelope.bytes()) scanner.push(piece);
    await envelope.requireUnchanged();
    return scanner.finish();
  } catch (error) {
    if (!(error instanceof TooManyLocated)) throw error;
    throw new ProblemError(
      'too-large',
      `What is used of the result of task ${envelope.taskId} (${String(envelope.length)} bytes) is too much: ${error.message}.`,
    );
  }
}

/** Notes what is to be read; gives what puts it together then. */
function plan(value: Located, wanted: Wanted, path: JsonPath, leaves: Leaf[]): () => Part {
  if (wanted.isWhole) {
    const leaf: Leaf = { path, start: value.start, end: value.end, value: null };
    leaves.push(leaf);
    return () => leaf.value;
  }
  const { kind, members, items, names, count } = value;
  if (kind === 'map') {
    const built = new Map<string, () => Part>();
    for (const [name, below] of wanted.members) {
      const member = members.get(name);
      if (member !== undefined) built.set(name, plan(member, below, [...path, name], leaves));
    }
    return () => new PartialMap(called(built), names, count);
  }
  if (kind === 'list') {
    const built = new Map<number, () => Part>();
    for (const [place, item] of items) {
      const below = wanted.items.of(place, count);
      if (below !== null) built.set(place, plan(item, below, [...path, place], leaves));
    }
    return () => new PartialList(called(built), count);
  }
  return () => new Unread(kind);
}

const called = <K>(built: ReadonlyMap<K, () => Part>): Map<K, Part> =>
  new Map([...built].map(([key, build]) => [key, build()]));

function takeRoom({ taskId }: OpenEnvelope, leaves: readonly Leaf[], room: PartsRoom): void {
  let bytes = 0;
  let largest: Leaf | null = null;
  for (const leaf of leaves) {
    bytes += sizeOf(leaf);
    if (largest === null || sizeOf(leaf) > sizeOf(largest)) largest = leaf;
  }
  if (bytes > room.leftBytes && largest !== null) {
    const where = formatPath(largest.path);
    const what = where === '' ? 'all of it' : where;
    const others =
      leaves.length > 1
        ? `, ${String(bytes)} together with the other ${String(leaves.length - 1)} values`
        : '';
    throw new ProblemError(
      'too-large',
      `What is used of the result of task ${taskId} is too large: ${what} has ${String(sizeOf(largest))} bytes${others}; at most ${String(MAX_PARTS_BYTES)} bytes of results are used by one task.`,
    );
  }
  room.leftBytes -= bytes;
}

const sizeOf = ({ start, end }: Leaf): number => end - start;

async function readAll(envelope: OpenEnvelope, leaves: readonly Leaf[]): Promise<void> {
  const sorted = [...leaves].sort((left, right) => left.start - right.start);
  for (let from = 0; from < sorted.length;) {
    const start = sorted[from]?.start ?? 0;
    let end = sorted[from]?.end ?? 0;
    let to = from + 1;
    for (; to < sorted.length && (sorted[to]?.end ?? 0) - start <= READ_BYTES; to += 1)
      end = Math.max(end, sorted[to]?.end ?? 0);
    const bytes = await envelope.read({ start, end });
    for (const leaf of sorted.slice(from, to))
      leaf.value = JSON.parse(bytes.toString('utf8', leaf.start - start, leaf.end - start)) as JsonValue;
    from = to;
  }
}
