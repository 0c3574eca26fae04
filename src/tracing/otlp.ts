/**
 * OpenTelemetry itself: batches of spans, and the way to the collector. Loaded only where traces are on, since it takes
 * longer to load than most of the service does.
 */
import { type SpanContext, SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import { ExportResultCode, TraceState } from '@opentelemetry/core';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { defaultResource, type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, type ReadableSpan, type SpanExporter } from '@opentelemetry/sdk-trace';
import { randomUUID } from 'node:crypto';
import type { AppConfig } from '../config/app-config';
import type { Span } from '../core/trace/span';
import type { SpanPlace } from '../core/trace/trace-context';

/** What became of a batch. `failure`: why it is lost. */
export type Exported = (count: number, failure: Error | null) => void;

export interface Otlp {
  /** Never waits. */
  send(span: Span): void;
  /** Sends what is left. */
  close(): Promise<void>;
}

const SCOPE = { name: 'orchestrator' };
const MAX_BATCH = 512;
const KINDS: Readonly<Record<Span['kind'], SpanKind>> = {
  internal: SpanKind.INTERNAL,
  server: SpanKind.SERVER,
  client: SpanKind.CLIENT,
  producer: SpanKind.PRODUCER,
};

export function openOtlp(config: AppConfig, url: string, onExported: Exported): Otlp {
  const resource = resourceOf(config);
  const exporter = exporterFor(config, url);
  const processor = new BatchSpanProcessor({
    exporter: reported(exporter, onExported),
    scheduledDelayMillis: config.otelBspScheduleDelayMs,
    maxQueueSize: config.otelBspMaxQueueSize,
    maxExportBatchSize: Math.min(MAX_BATCH, config.otelBspMaxQueueSize),
    exportTimeoutMillis: config.otlpTimeoutMs + 1_000,
  });
  return {
    send: (span) => {
      processor.onEnd(readable(span, resource));
    },
    close: () => processor.shutdown(),
  };
}

function exporterFor(config: AppConfig, url: string): SpanExporter {
  const Exporter = config.otlpProtocol === 'http/json' ? JsonExporter : ProtobufExporter;
  return new Exporter({
    url,
    headers: Object.fromEntries(config.otlpHeaders),
    timeoutMillis: config.otlpTimeoutMs,
  });
}

/** The processor tells nobody what became of its batches. */
function reported(exporter: SpanExporter, onExported: Exported): SpanExporter {
  return {
    export: (spans, callback) => {
      exporter.export(spans, (result) => {
        const isSent = result.code === ExportResultCode.SUCCESS;
        onExported(spans.length, isSent ? null : (result.error ?? new Error('the collector refused them')));
        // It would say the same of every batch, where nobody hears it.
        callback({ code: ExportResultCode.SUCCESS });
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => {
      await exporter.forceFlush?.();
    },
  };
}

function resourceOf({ otelServiceName, otelResourceAttributes }: AppConfig): Resource {
  const attributes = Object.fromEntries(otelResourceAttributes);
  return defaultResource().merge(
    resourceFromAttributes({
      'service.instance.id': randomUUID(),
      ...attributes,
      'service.name': otelServiceName ?? attributes['service.name'] ?? 'orchestrator',
    }),
  );
}

function readable(span: Span, resource: Resource): ReadableSpan {
  const { startUs, endUs, error, parent } = span;
  return {
    name: span.name,
    kind: KINDS[span.kind],
    spanContext: () => contextOf(span.place),
    ...(parent === null ? {} : { parentSpanContext: contextOf(parent, span.isParentRemote) }),
    startTime: hrTime(startUs),
    endTime: hrTime(endUs),
    duration: hrTime(endUs - startUs),
    status:
      error === null
        ? { code: SpanStatusCode.UNSET }
        : { code: SpanStatusCode.ERROR, message: error.message },
    attributes: error === null ? span.attributes : { ...span.attributes, 'error.type': error.type },
    links: span.links.map((place) => ({ context: contextOf(place, true) })),
    events: [],
    ended: true,
    resource,
    instrumentationScope: SCOPE,
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}

function contextOf({ traceId, spanId, isSampled, state }: SpanPlace, isRemote = false): SpanContext {
  return {
    traceId,
    spanId,
    traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
    isRemote,
    ...(state === null ? {} : { traceState: new TraceState(state) }),
  };
}

/** Seconds and nanoseconds. */
function hrTime(us: number): [number, number] {
  return [Math.trunc(us / 1_000_000), Math.round(us % 1_000_000) * 1_000];
}
