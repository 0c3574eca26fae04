/** Of which traces spans are sent: the samplers that OTEL_TRACES_SAMPLER names, decided by the trace id alone. */
import type { AppConfig } from '../config/app-config';
import type { Sampler } from '../core/trace/run-trace';

type Sampling = Pick<AppConfig, 'otelTracesSampler' | 'otelTracesSamplerArg'>;

const PARENT_BASED = 'parentbased_';

export function samplerOf({ otelTracesSampler, otelTracesSamplerArg }: Sampling): Sampler {
  const isParentBased = otelTracesSampler.startsWith(PARENT_BASED);
  const root = otelTracesSampler.replace(PARENT_BASED, '');
  const share = { always_on: 1, always_off: 0 }[root] ?? otelTracesSamplerArg;
  return (traceId, isParentSampled) =>
    isParentBased && isParentSampled !== null ? isParentSampled : isWithin(traceId, share);
}

/**
 * By the last seven bytes, which are random in every trace id, and the way round that OpenTelemetry has it: replicas decide
 * alike, and so do others who sample by the same share.
 */
function isWithin(traceId: string, share: number): boolean {
  if (share === 0) return false;
  return Number.parseInt(traceId.slice(-14), 16) >= (1 - share) * 2 ** 56;
}
