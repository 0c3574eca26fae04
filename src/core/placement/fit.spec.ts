import type { Hardware, Resources } from '../model';
import { fits, formatBytes, shortfall, unfitReasons } from './fit';
import { signatureOf } from './signature';

const GIB = 2 ** 30;
const A100 = { name: 'NVIDIA A100-SXM4-80GB', memoryBytes: 80 * GIB };
const T4 = { name: 'Tesla T4', memoryBytes: 15 * GIB };

const needs = (some: Partial<Resources>): Resources => ({
  cpuCores: 4,
  memoryBytes: 8 * GIB,
  gpu: null,
  ...some,
});
const has = (some: Partial<Hardware>): Hardware => ({
  cpuCores: 8,
  memoryBytes: 16 * GIB,
  gpus: [],
  ip: null,
  ...some,
});
const gpu = (count: number, type = 'any', memoryGib: number | null = null): Partial<Resources> => ({
  gpu: { count, type, memoryBytes: memoryGib === null ? null : memoryGib * GIB },
});

const cases: {
  name: string;
  need: Partial<Resources>;
  have: Partial<Hardware>;
  want: [string, string, string][];
}[] = [
  {
    name: 'a worker with exactly enough fits',
    need: { cpuCores: 8, memoryBytes: 16 * GIB },
    have: {},
    want: [],
  },
  { name: 'too few cores', need: { cpuCores: 9 }, have: {}, want: [['cpu', '9 cores', '8 cores']] },
  {
    name: 'no core count means none',
    need: { cpuCores: 1 },
    have: { cpuCores: null },
    want: [['cpu', '1 core', 'no core count']],
  },
  {
    name: 'no memory figure means enough',
    need: { memoryBytes: 2 ** 50 },
    have: { memoryBytes: null },
    want: [],
  },
  {
    name: 'one byte too little is said in bytes',
    need: { memoryBytes: 16 * GIB + 1 },
    have: {},
    want: [['memory', '17179869185 bytes of memory', '17179869184 bytes of memory']],
  },
  {
    name: 'everything that lacks is named',
    need: { cpuCores: 64, memoryBytes: 32 * GIB, ...gpu(1) },
    have: {},
    want: [
      ['cpu', '64 cores', '8 cores'],
      ['memory', '32 GiB of memory', '16 GiB of memory'],
      ['gpu.count', '1 × GPU of any type', 'no GPU'],
    ],
  },
  {
    name: 'enough GPUs of the type fit',
    need: gpu(2, 'a100', 80),
    have: { gpus: [A100, T4, A100] },
    want: [],
  },
  {
    name: 'too few GPUs of the type, though there are enough in all',
    need: gpu(2, 'a100'),
    have: { gpus: [A100, T4] },
    want: [['gpu.count', '2 × a100', '1 × NVIDIA A100-SXM4-80GB']],
  },
  {
    name: 'GPUs of other types',
    need: gpu(1, 'h100'),
    have: { gpus: [T4, A100, T4] },
    want: [['gpu.type', '1 × h100', '2 × Tesla T4, 1 × NVIDIA A100-SXM4-80GB']],
  },
  {
    name: 'GPUs too small',
    need: gpu(1, 't4', 24),
    have: { gpus: [T4, A100] },
    want: [['gpu.memory', '1 × t4 with 24 GiB each', '1 × Tesla T4 with 15 GiB']],
  },
  {
    name: 'type and memory have to be on the same device',
    need: gpu(2, 'any', 40),
    have: { gpus: [A100, T4] },
    want: [
      [
        'gpu.memory',
        '2 × GPU of any type with 40 GiB each',
        '1 × NVIDIA A100-SXM4-80GB with 80 GiB, 1 × Tesla T4 with 15 GiB',
      ],
    ],
  },
  {
    name: 'a GPU without a memory figure does not fit when memory is asked for',
    need: gpu(1, 't4', 8),
    have: { gpus: [{ name: 'Tesla T4', memoryBytes: null }] },
    want: [['gpu.memory', '1 × t4 with 8 GiB each', '1 × Tesla T4 with no memory figure']],
  },
  {
    name: 'unless its name states the size',
    need: gpu(1, 'a100', 80),
    have: { gpus: [{ name: 'NVIDIA A100-SXM4-80GB', memoryBytes: null }] },
    want: [],
  },
  {
    name: 'a card that keeps a little of its 24 GB for itself has 24 GB',
    need: gpu(1, 'rtx4090', 24),
    have: { gpus: [{ name: 'NVIDIA GeForce RTX 4090', memoryBytes: 24_564 * 2 ** 20 }] },
    want: [],
  },
];

describe('why a worker cannot take a task', () => {
  it.each(cases)('$name', ({ need, have, want }) => {
    const reasons = unfitReasons(needs(need), has(have));
    expect(reasons.map(({ resource, need: n, have: h }) => [resource, n, h])).toEqual(want);
    expect(fits(needs(need), has(have))).toBe(want.length === 0);
    expect(shortfall(needs(need), has(have)) === 0).toBe(want.length === 0);
  });

  it('a GPU that is too small is nearer than one of another type, and that is nearer than none', () => {
    const want = needs(gpu(1, 'a100', 80));
    const small = shortfall(want, has({ gpus: [{ name: 'A100-SXM4-40GB', memoryBytes: 40 * GIB }] }));
    const other = shortfall(want, has({ gpus: [T4] }));
    const none = shortfall(want, has({}));
    expect(small).toBeLessThan(other);
    expect(other).toBeLessThan(none);
  });
});

describe('formatBytes', () => {
  it.each([
    [0, '0 bytes'],
    [1, '1 bytes'],
    [1536, '1.5 KiB'],
    [16 * GIB, '16 GiB'],
    [2 ** 60, '1024 PiB'],
  ])('%s is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });
});

describe('the signature of needs', () => {
  it('is the same for types that mean the same', () => {
    expect(signatureOf(needs(gpu(1, 'NVIDIA A100_80GB')))).toBe(
      signatureOf(needs(gpu(1, 'nvidia-a100-80gb'))),
    );
  });

  it('differs in every part', () => {
    const all = [
      needs({}),
      needs({ cpuCores: 5 }),
      needs({ memoryBytes: 1 }),
      needs(gpu(1)),
      needs(gpu(2)),
      needs(gpu(1, 'a100')),
      needs(gpu(1, 'a100', 80)),
    ];
    expect(new Set(all.map(signatureOf)).size).toBe(all.length);
  });
});
