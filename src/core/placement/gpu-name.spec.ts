import fc from 'fast-check';
import { canonicalGpuType, gpuMemoryBytes, gpuTypeMatches } from './gpu-name';

const GIB = 2 ** 30;

describe('the type of a GPU', () => {
  it.each([
    ['any', 'Tesla T4'],
    [' ANY ', 'whatever'],
    ['a100', 'NVIDIA A100-SXM4-80GB'],
    ['A100', 'NVIDIA A100-SXM4-80GB'],
    ['nvidia-a100-80gb', 'NVIDIA A100-SXM4-80GB'],
    ['nvidia-a100', 'A100-SXM4-40GB'],
    ['a100-80gb', 'NVIDIA A100 80GB PCIe'],
    ['a100_80g', 'NVIDIA A100-SXM4-80GB'],
    ['a100-80gb', 'A100 PCIe'],
    ['NVIDIA A100-SXM4-80GB', 'NVIDIA A100-SXM4-80GB'],
    ['a100-sxm4', 'NVIDIA A100-SXM4-80GB'],
    ['nvidia-tesla-a100', 'NVIDIA A100-SXM4-40GB'],
    ['v100', 'Tesla V100'],
    ['tesla-v100', 'Tesla V100-SXM2-16GB'],
    ['nvidia-v100-16gb', 'Tesla V100-SXM2-16GB'],
    ['rtx-4090', 'NVIDIA GeForce RTX 4090'],
    ['rtx4090', 'NVIDIA GeForce RTX 4090'],
    ['RTX 4090', 'NVIDIA GeForce RTX 4090'],
    ['4090', 'NVIDIA GeForce RTX 4090'],
    ['geforce-rtx-4090', 'RTX4090'],
    ['geforce', 'NVIDIA GeForce RTX 4090'],
    ['h100', 'NVIDIA H100 80GB HBM3'],
    ['h100-80gb', 'NVIDIA H100 80GB HBM3'],
    ['h100-pcie', 'NVIDIA H100 PCIe'],
    ['rtx-6000-ada', 'NVIDIA RTX 6000 Ada Generation'],
    ['mi300x', 'AMD Instinct MI300X'],
    ['intel-arc-a770', 'Intel(R) Arc(TM) A770'],
    ['nvidia', 'NVIDIA L4'],
    ['nvidia', 'A100-SXM4-40GB'],
    ['80gb', 'NVIDIA A100-SXM4-80GB'],
  ])('%s fits "%s"', (type, name) => {
    expect(gpuTypeMatches(type, { name, memoryBytes: null })).toBe(true);
  });

  it.each([
    ['a10', 'NVIDIA A100-SXM4-80GB'],
    ['a100', 'NVIDIA A10'],
    ['a10', 'NVIDIA A10G'],
    ['a100-80gb', 'A100-SXM4-40GB'],
    ['a100-pcie', 'NVIDIA A100-SXM4-80GB'],
    ['amd', 'NVIDIA A100-SXM4-80GB'],
    ['amd', 'A100-SXM4-40GB'],
    ['amd-a100', 'NVIDIA A100-SXM4-80GB'],
    ['geforce', 'Tesla T4'],
    ['quadro-rtx-6000', 'NVIDIA GeForce RTX 6000'],
    ['rtx4090', 'NVIDIA GeForce RTX 3090'],
    ['80gb', 'NVIDIA H100 PCIe'],
    ['', 'NVIDIA L4'],
    ['---', 'NVIDIA L4'],
    ['a100', ''],
  ])('%s does not fit "%s"', (type, name) => {
    expect(gpuTypeMatches(type, { name, memoryBytes: null })).toBe(false);
  });

  it('holds the size that is asked for against the reported memory when the name states none', () => {
    const h100 = { name: 'NVIDIA H100 PCIe', memoryBytes: 81_559 * 2 ** 20 };
    expect(gpuTypeMatches('h100-80gb', h100)).toBe(true);
    expect(gpuTypeMatches('80gb', h100)).toBe(true);
    expect(gpuTypeMatches('h100-40gb', h100)).toBe(false);
  });

  it('is met by the very name of the GPU, and by any other spelling of it', () => {
    const words = fc.array(fc.constantFrom('nvidia', 'tesla', 'a100', '80gb', 'rtx', '4090', 'sxm4', 'x'), {
      minLength: 1,
    });
    fc.assert(
      fc.property(words, fc.constantFrom(' ', '-', '_'), (parts, separator) => {
        const name = parts.join(' ');
        const type = parts.join(separator).toUpperCase();
        expect(gpuTypeMatches(type, { name, memoryBytes: null })).toBe(true);
        expect(canonicalGpuType(type)).toBe(canonicalGpuType(name));
      }),
    );
  });

  it('means the same in its canonical spelling', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (type, name) => {
        const gpu = { name, memoryBytes: null };
        fc.pre(type.trim().toLowerCase() !== 'any' && canonicalGpuType(type) !== 'any');
        expect(gpuTypeMatches(canonicalGpuType(type), gpu)).toBe(gpuTypeMatches(type, gpu));
      }),
    );
  });

  it('costs little for a hostile type', () => {
    const started = performance.now();
    gpuTypeMatches('a-'.repeat(100_000), { name: 'a '.repeat(100_000), memoryBytes: null });
    expect(performance.now() - started).toBeLessThan(200);
  });
});

describe('the memory of a GPU', () => {
  it.each([
    ['NVIDIA A100-SXM4-80GB', null, 80 * GIB],
    ['Tesla V100-SXM2-16GB', 16_160 * 2 ** 20, 16 * GIB],
    ['NVIDIA L4', 23 * GIB, 23 * GIB],
    ['NVIDIA L4', null, null],
  ])('of "%s" with a figure of %s is %s', (name, memoryBytes, want) => {
    expect(gpuMemoryBytes({ name, memoryBytes })).toBe(want);
  });
});
