/** A finished span, as whoever sends it on needs it. */
import type { SpanPlace } from './trace-context';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer';

export type SpanAttributes = Record<string, string | number | boolean>;

export interface Span {
  name: string;
  kind: SpanKind;
  place: SpanPlace;
  /** Null: the trace begins with it. */
  parent: SpanPlace | null;
  /** The parent is a span of another process. */
  isParentRemote: boolean;
  /** Spans of other traces that belong to it. */
  links: readonly SpanPlace[];
  /** Microseconds since 1970. */
  startUs: number;
  /** Never before `startUs`. */
  endUs: number;
  attributes: SpanAttributes;
  /** What went wrong; null: nothing did. */
  error: { type: string; message: string } | null;
}

/** A span within this service, without anything that few spans have. Its end is put right where clocks differ. */
export function span(
  given: Pick<Span, 'name' | 'place' | 'parent' | 'startUs' | 'endUs' | 'attributes'> & Partial<Span>,
): Span {
  return {
    kind: 'internal',
    isParentRemote: false,
    links: [],
    error: null,
    ...given,
    endUs: Math.max(given.startUs, given.endUs),
  };
}
