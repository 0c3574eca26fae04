/** Places in a trace, and how they are written in headers and messages: W3C Trace Context, `traceparent` and `tracestate`. */

/** One span of one trace, as those who come after it need to know it. */
export interface SpanPlace {
  /** 32 hex digits, not all zero. */
  traceId: string;
  /** 16 hex digits, not all zero. */
  spanId: string;
  isSampled: boolean;
  /** `tracestate`: what the tracing systems of others want to be handed on. */
  state: string | null;
}

/** As headers, and as members of a message. */
export type TraceHeaders = Readonly<{ traceparent: string; tracestate?: string }>;

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
const SAMPLED = 0x01;

const MAX_STATE_CHARS = 512;
const MAX_STATE_MEMBERS = 32;
const STATE_MEMBER =
  /^(?:[a-z][a-z0-9_*/-]{0,255}|[a-z0-9][a-z0-9_*/-]{0,240}@[a-z][a-z0-9_*/-]{0,13})=[ -+--<>-~]{0,255}[!-+--<>-~]$/;

/** Null for what is no `traceparent`. A `tracestate` that is not one is left out: the trace goes on without it. */
export function parseTraceparent(text: unknown, state?: unknown): SpanPlace | null {
  if (typeof text !== 'string') return null;
  const [, version = '', traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  // Later versions may say more; this one does not.
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return null;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null;
  const isSampled = (Number.parseInt(flags, 16) & SAMPLED) !== 0;
  return { traceId, spanId, isSampled, state: parseTracestate(state) };
}

export function traceHeaders({ traceId, spanId, isSampled, state }: SpanPlace): TraceHeaders {
  const traceparent = `00-${traceId}-${spanId}-${isSampled ? '01' : '00'}`;
  return state === null ? { traceparent } : { traceparent, tracestate: state };
}

function parseTracestate(text: unknown): string | null {
  if (typeof text !== 'string' || text.length > MAX_STATE_CHARS) return null;
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  const keys = new Set(members.map((member) => member.split('=', 1)[0]));
  const isLegal = members.length > 0 && members.length <= MAX_STATE_MEMBERS && keys.size === members.length;
  return isLegal && members.every((member) => STATE_MEMBER.test(member)) ? members.join(',') : null;
}
