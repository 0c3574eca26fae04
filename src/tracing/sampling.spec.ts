import { randomUUID } from 'node:crypto';
import type { AppConfig } from '../config/app-config';
import { samplerOf } from './sampling';

const sampler = (otelTracesSampler: AppConfig['otelTracesSampler'], otelTracesSamplerArg = 1) =>
  samplerOf({ otelTracesSampler, otelTracesSamplerArg });
const ids = Array.from({ length: 4_000 }, () => randomUUID().replaceAll('-', ''));

describe('a sampler', () => {
  it.each([
    ['always_on', false, true],
    ['always_off', true, false],
    ['parentbased_always_on', null, true],
    ['parentbased_always_on', false, false],
    ['parentbased_always_off', null, false],
    ['parentbased_always_off', true, true],
  ] as const)('%s decides for a parent that says %s: %s', (name, isParentSampled, want) => {
    expect(ids.every((id) => sampler(name)(id, isParentSampled) === want)).toBe(true);
  });

  it.each(['traceidratio', 'parentbased_traceidratio'] as const)('%s takes its share of runs', (name) => {
    const taken = (share: number) => ids.filter((id) => sampler(name, share)(id, null));
    expect(taken(0)).toEqual([]);
    expect(taken(1)).toEqual(ids);
    // Five standard deviations.
    expect(Math.abs(taken(0.25).length / ids.length - 0.25)).toBeLessThan(0.035);
    // Whoever samples more has all that others have.
    expect(taken(0.5)).toEqual(expect.arrayContaining(taken(0.25)));
  });

  it('by share alone leaves the client out of it', () => {
    expect(sampler('traceidratio', 0)(ids[0]!, true)).toBe(false);
    expect(sampler('parentbased_traceidratio', 0)(ids[0]!, true)).toBe(true);
  });
});
