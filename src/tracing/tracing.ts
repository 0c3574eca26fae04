/**
 * Traces: off unless a collector is named, and then nothing of OpenTelemetry is loaded. Spans come here finished; sending
 * them costs the caller nothing, and a collector that is away costs the spans alone.
 */
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppConfig } from '../config/app-config';
import type { Sampler } from '../core/trace/run-trace';
import type { Span } from '../core/trace/span';
import { Metrics } from '../metrics/metrics';
import type { Otlp } from './otlp';
import { samplerOf } from './sampling';

/** How long the end of the process may wait for the collector. */
const LAST_WORDS_MS = 2_000;

@Injectable()
export class Tracing implements OnModuleInit, OnApplicationShutdown {
  readonly isOn: boolean;
  readonly isSampled: Sampler;
  private readonly logger = new Logger(Tracing.name);
  private readonly url: string | null;
  private otlp: Otlp | null = null;
  /** Spans that were handed over, and of which is not known yet whether the collector has them. */
  private pending = 0;
  /** Spans lost since the collector had some last. */
  private lost = 0;

  constructor(
    private readonly config: AppConfig,
    private readonly metrics: Metrics,
  ) {
    const { otelSdkDisabled, otlpTracesEndpoint, otlpEndpoint } = config;
    const below = otlpEndpoint === null ? null : `${otlpEndpoint}/v1/traces`;
    this.url = otelSdkDisabled ? null : (otlpTracesEndpoint ?? below);
    this.isOn = this.url !== null;
    this.isSampled = samplerOf(config);
  }

  async onModuleInit(): Promise<void> {
    if (this.url === null) return;
    const { openOtlp } = await import('./otlp.js');
    this.otlp = openOtlp(this.config, this.url, (count, failure) => {
      this.exported(count, failure);
    });
    this.logger.log({ endpoint: this.url }, 'traces are sent');
  }

  /** Does nothing while traces are off, nor with a span that is not sampled. */
  send(span: Span): void {
    if (this.otlp === null || !span.place.isSampled) return;
    if (this.pending >= this.config.otelBspMaxQueueSize) {
      this.drop(1, 'they come faster than they are sent');
      return;
    }
    this.pending += 1;
    this.otlp.send(span);
  }

  async onApplicationShutdown(): Promise<void> {
    const closed = this.otlp?.close().catch(() => undefined);
    await Promise.race([closed, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
  }

  private exported(count: number, failure: Error | null): void {
    this.pending -= count;
    if (failure !== null) {
      this.drop(count, failure.message);
      return;
    }
    this.metrics.traceSpans.inc({ outcome: 'sent' }, count);
    if (this.lost === 0) return;
    this.logger.log({ spans_lost: this.lost }, 'traces are sent again');
    this.lost = 0;
  }

  /** One line for all that are lost until the collector takes some again. */
  private drop(count: number, why: string): void {
    if (this.lost === 0) {
      this.logger.warn({ endpoint: this.url, why }, 'spans are lost: the collector does not take them');
    }
    this.lost += count;
    this.metrics.traceSpans.inc({ outcome: 'lost' }, count);
  }
}
