/** Where a worker delivers its result: to us, which adds the attempt to the headers, or elsewhere. */
import type { AttemptId } from '../ids';
import { isObject, type JsonObject, type JsonValue } from '../json';
import type { TaskDocument } from '../model';
import type { TraceHeaders } from '../trace/trace-context';
import { textOf } from './read';

/** Stock workers send the headers of their destination back on results and uploads. */
const ATTEMPT_HEADER = 'X-Orchestrator-Attempt';

export const RESULTS_PATH = '/api/v1/results';
const DEFAULT_TIMEOUT_SEC = 15;

/** An HTTP delivery that the orchestrator makes itself, for a parent whose shards delivered here. */
export interface Delivery {
  url: string;
  headers: Record<string, string>;
  timeoutSec: number;
}

/** What the document says of where its result goes. */
export function destinationOf({ spec: { output } }: TaskDocument): JsonValue | undefined {
  return isObject(output) ? output.destination : undefined;
}

/** Whether a destination is ours: of type http, its URL path ending in `/api/v1/results`. */
export function isOurDestination(destination: JsonValue | undefined): boolean {
  if (!isHttp(destination) || typeof destination.url !== 'string') return false;
  const text = destination.url.trim();
  if (!URL.canParse(text)) return false;
  const { protocol, pathname } = new URL(text);
  return /^https?:$/.test(protocol) && pathname.replace(/\/+$/, '').endsWith(RESULTS_PATH);
}

/** By which address the document's worker reaches our results; null when it says none. Without a slash at the end. */
export function ownResultsUrl(document: TaskDocument): string | null {
  const destination = destinationOf(document);
  if (!isOurDestination(destination) || !isObject(destination) || typeof destination.url !== 'string')
    return null;
  const { origin, pathname } = new URL(destination.url.trim());
  return `${origin}${pathname.replace(/\/+$/, '')}`;
}

/** Whether a destination means the host that it is read on. */
export function isLoopback(destination: JsonValue | undefined): boolean {
  if (!isObject(destination) || typeof destination.url !== 'string' || !URL.canParse(destination.url))
    return false;
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(new URL(destination.url).hostname);
}

/**
 * The document as it is sent. A destination of ours loses Content-Type, in any case (older workers would send
 * multipart bodies under it), and gains the attempt, and its place in a trace if it has one. Any other document is
 * returned as it is.
 */
export function prepareDestination(
  document: TaskDocument,
  attemptId: AttemptId,
  trace: TraceHeaders | null,
): TaskDocument {
  const { output } = document.spec;
  if (!isObject(output) || !isObject(output.destination) || !isOurDestination(output.destination))
    return document;
  const given = isObject(output.destination.headers) ? output.destination.headers : {};
  const dropped = new Set(['content-type', ATTEMPT_HEADER.toLowerCase()]);
  if (trace !== null) dropped.add('traceparent').add('tracestate');
  const kept = Object.entries(given).filter(([name]) => !dropped.has(name.trim().toLowerCase()));
  const headers: JsonObject = { ...Object.fromEntries(kept), [ATTEMPT_HEADER]: attemptId, ...trace };
  const destination = { ...output.destination, headers };
  return { ...document, spec: { ...document.spec, output: { ...output, destination } } };
}

/** The delivery that a document asks for at a place that is not ours; null when it asks for none. */
export function externalDelivery(document: TaskDocument): Delivery | null {
  const destination = destinationOf(document);
  if (!isHttp(destination) || typeof destination.url !== 'string' || isOurDestination(destination))
    return null;
  const headers = Object.entries(isObject(destination.headers) ? destination.headers : {}).flatMap(
    ([name, value]): [string, string][] =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
  );
  const timeout = Number(textOf(destination.timeoutSec) ?? DEFAULT_TIMEOUT_SEC);
  return {
    url: destination.url.trim(),
    headers: Object.fromEntries(headers),
    timeoutSec: Number.isFinite(timeout) && timeout > 0 ? timeout : DEFAULT_TIMEOUT_SEC,
  };
}

function isHttp(destination: JsonValue | undefined): destination is JsonObject {
  return (
    isObject(destination) && typeof destination.type === 'string' && destination.type.toLowerCase() === 'http'
  );
}
