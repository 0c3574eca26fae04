/**
 * A result of which only what somebody asks for was read: lists and maps with gaps. It is walked like a whole one, and
 * says as much about what is around a path that finds nothing.
 */
import type { JsonValue } from '../json';

export type Part = JsonValue | PartialMap | PartialList | Unread;

export class PartialMap {
  constructor(
    readonly members: ReadonlyMap<string, Part>,
    /** The first names that it has, and how many there are in all. */
    readonly names: readonly string[],
    readonly nameCount: number,
  ) {}
}

export class PartialList {
  constructor(
    /** By place, from 0. */
    readonly items: ReadonlyMap<number, Part>,
    readonly length: number,
  ) {}
}

/** A text, number or word on the way of a path that leads on from there, which nothing does. */
export class Unread {
  constructor(readonly type: 'string' | 'number' | 'boolean' | 'null') {}
}

export const isPartial = (value: Part): value is PartialMap | PartialList | Unread =>
  value instanceof PartialMap || value instanceof PartialList || value instanceof Unread;
