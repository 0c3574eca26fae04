/**
 * Puts the results of shards together on disk, where they are too large to be parsed: what stands in the parent's result
 * is what `mergeShards` makes of them, but their bytes are copied as they are.
 */
import { Injectable } from '@nestjs/common';
import { Spool } from '../artifacts/spool';
import { aggregateHead, mergeFigures } from '../core/aggregate/merge';
import type { TaskId } from '../core/ids';
import type { JsonPath, JsonValue } from '../core/json';
import type { Part } from '../core/template/partial';
import { walkPath } from '../core/template/path';
import type { ByteRange } from '../http/byte-range';
import type { OpenEnvelope } from './open-envelope';
import { type ReceivedResult, spoolPieces } from './receive-result';
import { type PartsQuery, type PartsRoom, partsRoom, ResultParts } from './result-parts';

const USAGE: JsonPath = ['result', 'usage'];
const MODEL: JsonPath = ['result', 'model'];
/** The first item stands for the list: where that lies, and whether anything is in it. */
const QUERY: PartsQuery = { paths: [['result', 'items', 0], USAGE, MODEL], spreads: false };
const COMMA = Buffer.from(',');

/** Opens the envelope of a shard; null when it is gone. */
export type OpenShard = () => Promise<OpenEnvelope | null>;

/** What is kept of a shard while the others are read. */
interface Seen {
  fingerprint: string;
  /** What stands between the brackets of its items; null: it has none. */
  items: ByteRange | null;
  figures: { usage?: JsonValue; model?: JsonValue };
}

@Injectable()
export class ShardMerge {
  constructor(
    private readonly spool: Spool,
    private readonly parts: ResultParts,
  ) {}

  /**
   * Leaves the parent's envelope in the spool. One shard is open at a time, and of each no more is held than its usage and
   * its model: `too-large` when these are. Throws when a shard is gone or changes meanwhile; then it can be done again.
   * @param shards in shard order
   * @param receivedAt ISO 8601
   * @param signal ends it half-way, with nothing left
   */
  merge(
    parentId: TaskId,
    shards: readonly OpenShard[],
    receivedAt: string,
    signal: AbortSignal,
  ): Promise<ReceivedResult> {
    const head = aggregateHead(parentId, shards.length, receivedAt);
    return spoolPieces(head, unless(signal, this.pieces(shards)), this.spool);
  }

  private async *pieces(shards: readonly OpenShard[]): AsyncGenerator<Buffer> {
    const room = partsRoom();
    const seen: Seen[] = [];
    yield Buffer.from('{"shards":[');
    for (const [index, open] of shards.entries()) {
      const envelope = await opened(open);
      try {
        seen.push(await this.look(envelope, room));
        if (index > 0) yield COMMA;
        yield* envelope.bytes();
        await envelope.requireUnchanged();
      } finally {
        await envelope.close();
      }
    }
    yield Buffer.from('],"merged":{"items":[');
    let isFirst = true;
    for (const [index, open] of shards.entries()) {
      const { items = null, fingerprint = '' } = seen[index] ?? {};
      if (items === null) continue;
      if (!isFirst) yield COMMA;
      isFirst = false;
      const envelope = await opened(open);
      try {
        if (envelope.fingerprint !== fingerprint)
          throw new Error(`a result of ${envelope.taskId} took its place`);
        yield* envelope.bytes(items);
        await envelope.requireUnchanged();
      } finally {
        await envelope.close();
      }
    }
    const figures = JSON.stringify(mergeFigures(seen.map((shard) => shard.figures)));
    yield Buffer.from(`],${figures.slice(1)}}`);
  }

  private async look(envelope: OpenEnvelope, room: PartsRoom): Promise<Seen> {
    const located = await this.parts.locate(envelope, QUERY);
    const read = await this.parts.extract(envelope, located, { ...QUERY, paths: [USAGE, MODEL] }, room);
    const items = located.members.get('result')?.members.get('items');
    const hasItems = items?.kind === 'list' && items.count > 0;
    return {
      fingerprint: envelope.fingerprint,
      items: hasItems ? { start: items.start + 1, end: items.end - 1 } : null,
      figures: { ...valueAt(read, USAGE), ...valueAt(read, MODEL) },
    };
  }
}

async function* unless(signal: AbortSignal, pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const piece of pieces) {
    signal.throwIfAborted();
    yield piece;
  }
}

async function opened(open: OpenShard): Promise<OpenEnvelope> {
  const envelope = await open();
  if (envelope === null) throw new Error('the result of a shard is gone');
  return envelope;
}

/** Under the last key of the path; nothing where there is none. */
function valueAt(part: Part, path: JsonPath): Record<string, JsonValue> {
  const walk = walkPath(part, path);
  return walk.found ? { [String(path.at(-1))]: walk.value } : {};
}
