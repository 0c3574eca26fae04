/** A collector of traces: takes OTLP over HTTP, as JSON or protobuf, and gives the spans of the former to tests. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from './wait';

interface Value {
  stringValue?: string;
  intValue?: number | string;
  boolValue?: boolean;
  doubleValue?: number;
}

interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceState?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Value }[];
  status: { code: number; message?: string };
  links?: { traceId: string; spanId: string }[];
}

export interface TakenSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | null;
  traceState: string | null;
  name: string;
  /** OTLP's number: 1 internal, 2 server, 3 client, 4 producer. */
  kind: number;
  startNs: bigint;
  endNs: bigint;
  attributes: Record<string, unknown>;
  status: { code: number; message?: string };
  links: { traceId: string; spanId: string }[];
  resource: Record<string, unknown>;
}

export interface Export {
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
}

export interface Collector {
  readonly url: string;
  readonly spans: TakenSpan[];
  readonly exports: Export[];
  /** What it answers from now on. */
  answers: number;
  /** Waits until all spans of a trace that `isComplete` asks for have come. */
  trace(traceId: string, isComplete: (spans: TakenSpan[]) => boolean): Promise<TakenSpan[]>;
  stop(): Promise<void>;
}

export async function startCollector(): Promise<Collector> {
  const spans: TakenSpan[] = [];
  const exports: Export[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks);
      exports.push({ path: request.url ?? '', headers: request.headers, body });
      if (collector.answers === 200 && request.headers['content-type'] === 'application/json') {
        spans.push(...spansIn(body));
      }
      response.writeHead(collector.answers, { 'Content-Type': request.headers['content-type'] }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const collector: Collector = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    spans,
    exports,
    answers: 200,
    trace: (traceId, isComplete) => {
      const found = (): TakenSpan[] => spans.filter((span) => span.traceId === traceId);
      return waitFor(
        `the spans of trace ${traceId}`,
        () => isComplete(found()) && found(),
        {},
        () =>
          `came: ${found()
            .map(({ name }) => name)
            .join(', ')}`,
      );
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
  return collector;
}

function spansIn(body: Buffer): TakenSpan[] {
  const { resourceSpans } = JSON.parse(body.toString()) as {
    resourceSpans: {
      resource: { attributes: OtlpSpan['attributes'] };
      scopeSpans: { spans: OtlpSpan[] }[];
    }[];
  };
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => taken(span, plain(resource.attributes)))),
  );
}

function taken(span: OtlpSpan, resource: Record<string, unknown>): TakenSpan {
  const { traceId, spanId, parentSpanId = '', traceState, name, kind, status, links = [] } = span;
  return {
    traceId,
    spanId,
    parentSpanId: parentSpanId === '' ? null : parentSpanId,
    traceState: traceState ?? null,
    name,
    kind,
    startNs: BigInt(span.startTimeUnixNano),
    endNs: BigInt(span.endTimeUnixNano),
    attributes: plain(span.attributes),
    status,
    links: links.map((link) => ({ traceId: link.traceId, spanId: link.spanId })),
    resource,
  };
}

function plain(attributes: OtlpSpan['attributes']): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
