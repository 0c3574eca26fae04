import type { JsonValue } from '../json';
import { trustedTaskId } from '../ids';
import type { Envelope } from '../model';
import { mergeShards } from './merge';

const PARENT = trustedTaskId('parent');
const AT = '2026-01-01T00:00:00.000000Z';

const envelope = (index: number, result: JsonValue): Envelope => ({
  task_id: `shard-${String(index)}`,
  worker_id: `w-${String(index)}`,
  metadata: null,
  received_at: AT,
  result,
});
const merged = (...results: JsonValue[]): JsonValue => {
  const { result } = mergeShards(
    PARENT,
    results.map((result, index) => envelope(index, result)),
    AT,
  );
  return (result as { merged: JsonValue }).merged;
};

describe('the results of all shards', () => {
  it('become the envelope of their parent', () => {
    const shards = [
      envelope(0, { items: [{ output: 'a' }], usage: { tokens: 3 }, model: 'm' }),
      envelope(1, { items: [{ output: 'b' }, { output: 'c' }], usage: { tokens: 4 }, model: 'm' }),
    ];
    expect(mergeShards(PARENT, shards, AT)).toEqual({
      task_id: 'parent',
      worker_id: 'MULTI',
      metadata: { aggregated: true, shards: 2 },
      received_at: AT,
      result: {
        shards,
        merged: {
          items: [{ output: 'a' }, { output: 'b' }, { output: 'c' }],
          usage: { tokens: 7 },
          model: 'm',
        },
      },
    });
  });

  it('sum numbers in nested maps and leave out what is no number', () => {
    expect(
      merged(
        { usage: { tokens: 1, latency: { p50: 0.5 }, unit: 'ms', list: [1], n: null } },
        { usage: { tokens: 2, latency: { p50: 0.25, p99: 1 }, extra: 5 } },
      ),
    ).toMatchObject({ usage: { tokens: 3, latency: { p50: 0.75, p99: 1 }, extra: 5 } });
  });

  it('let a number win over a map of the same name', () => {
    expect(merged({ usage: { t: { a: 1 } } }, { usage: { t: 2 } })).toMatchObject({ usage: { t: 2 } });
  });

  it('list the models when they differ', () => {
    expect(merged({ model: 'a' }, { model: 'b' }, {}, { model: 'a' })).toMatchObject({ model: ['a', 'b'] });
  });

  it('may lack anything', () => {
    expect(merged(null, 'text', [1], { items: 'no list', usage: 7 })).toEqual({
      items: [],
      usage: {},
      model: null,
    });
    expect(merged()).toEqual({ items: [], usage: {}, model: null });
  });

  it('touch no prototype', () => {
    const result = merged(JSON.parse('{"usage":{"__proto__":{"polluted":1},"constructor":2}}') as JsonValue);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    expect(JSON.stringify(result)).toContain('"constructor":2');
  });

  it('may be very many, or nested very deep', () => {
    const items = Array.from({ length: 300_000 }, (_, index) => index);
    expect(merged({ items }, { items })).toMatchObject({ usage: {} });
    let usage: JsonValue = { n: 1 };
    for (let depth = 0; depth < 20_000; depth++) usage = { deeper: usage };
    expect(() => merged({ usage })).not.toThrow();
  });
});
