/** Settings of traces: the standard variables of OpenTelemetry, as far as they are taken. */
import { RetentionSettings } from './retention-settings';
import { Setting } from './setting';
import {
  fraction,
  hidden,
  httpUrl,
  keyValues,
  optional,
  textLike,
  wholeNumber,
  wordOf,
  yesOrNo,
} from './setting-kinds';

const TRACES = 'Traces';

export const TRACES_PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export const TRACES_SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const;

const DAY_MS = 86_400_000;

export class TracingSettings extends RetentionSettings {
  @Setting({
    env: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    kind: optional(httpUrl()),
    default: null,
    defaultText: 'none',
    group: TRACES,
    doc: 'The OpenTelemetry collector, such as `http://collector:4318`; traces go to its `/v1/traces`. While neither this nor the next is set, there are no traces.',
  })
  readonly otlpEndpoint!: string | null;

  @Setting({
    env: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    kind: optional(httpUrl()),
    default: null,
    defaultText: 'none',
    group: TRACES,
    doc: 'Where traces go, path and all, when that is not below `OTEL_EXPORTER_OTLP_ENDPOINT`.',
  })
  readonly otlpTracesEndpoint!: string | null;

  @Setting({
    env: 'OTEL_EXPORTER_OTLP_HEADERS',
    kind: hidden(keyValues()),
    default: '',
    group: TRACES,
    doc: 'Headers that the collector asks for, such as `authorization=Bearer%20…`; values are percent-encoded.',
  })
  readonly otlpHeaders!: ReadonlyMap<string, string>;

  @Setting({
    env: 'OTEL_EXPORTER_OTLP_PROTOCOL',
    kind: wordOf(TRACES_PROTOCOLS),
    default: 'http/protobuf',
    group: TRACES,
    doc: 'How spans are written. `grpc` is not spoken.',
  })
  readonly otlpProtocol!: (typeof TRACES_PROTOCOLS)[number];

  @Setting({
    env: 'OTEL_EXPORTER_OTLP_TIMEOUT',
    kind: wholeNumber({ min: 1, max: DAY_MS }),
    default: '10_000',
    group: TRACES,
    doc: 'How long, in milliseconds, one batch of spans is tried to be sent.',
  })
  readonly otlpTimeoutMs!: number;

  @Setting({
    env: 'OTEL_SERVICE_NAME',
    kind: optional(textLike(/^.+$/s, 'a name')),
    default: null,
    defaultText: '`service.name` of the next, else `orchestrator`',
    group: TRACES,
    doc: 'What the service is called in traces.',
  })
  readonly otelServiceName!: string | null;

  @Setting({
    env: 'OTEL_RESOURCE_ATTRIBUTES',
    kind: keyValues(),
    default: '',
    group: TRACES,
    doc: 'What else is said of the service with its traces, such as `deployment.environment.name=staging`; values are percent-encoded.',
  })
  readonly otelResourceAttributes!: ReadonlyMap<string, string>;

  @Setting({
    env: 'OTEL_TRACES_SAMPLER',
    kind: wordOf(TRACES_SAMPLERS),
    default: 'parentbased_always_on',
    group: TRACES,
    doc: 'Of which runs spans are sent. `parentbased_…`: the client decides by its `traceparent`, the rest counts where it sent none. All replicas need the same.',
  })
  readonly otelTracesSampler!: (typeof TRACES_SAMPLERS)[number];

  @Setting({
    env: 'OTEL_TRACES_SAMPLER_ARG',
    kind: fraction(),
    default: '1',
    group: TRACES,
    doc: 'The share of runs for `traceidratio`.',
  })
  readonly otelTracesSamplerArg!: number;

  @Setting({
    env: 'OTEL_BSP_SCHEDULE_DELAY',
    kind: wholeNumber({ min: 1, max: DAY_MS }),
    default: '5_000',
    group: TRACES,
    doc: 'How long, in milliseconds, spans are collected before they are sent.',
  })
  readonly otelBspScheduleDelayMs!: number;

  @Setting({
    env: 'OTEL_BSP_MAX_QUEUE_SIZE',
    kind: wholeNumber({ min: 1, max: 1_000_000 }),
    default: '2_048',
    group: TRACES,
    doc: 'The most spans that wait to be sent; beyond, they are dropped and counted.',
  })
  readonly otelBspMaxQueueSize!: number;

  @Setting({
    env: 'OTEL_SDK_DISABLED',
    kind: yesOrNo(),
    default: 'false',
    group: TRACES,
    doc: '`true`: no traces, whatever else is set.',
  })
  readonly otelSdkDisabled!: boolean;
}
