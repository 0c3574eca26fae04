import { askedShape, ownShape, tally } from './gpu-shape';

const gpu = (name: string): { name: string; memoryBytes: null } => ({ name, memoryBytes: null });

describe('the kind of GPU, in one word', () => {
  it.each([
    ['no GPU', null, 'none'],
    ['any', { count: 1, type: 'any', memoryBytes: null }, '1xany'],
    ['a type, however it is spelled', { count: 2, type: 'A100_80GB', memoryBytes: 5 }, '2xa100-80gb'],
    ['a name that nobody can have meant', { count: 1, type: 'x'.repeat(200), memoryBytes: null }, 'other'],
  ])('of a task that asks for %s', (_name, asked, want) => {
    expect(askedShape({ gpu: asked })).toBe(want);
  });

  it.each([
    ['none', [], 'none'],
    ['four alike', Array.from({ length: 4 }, () => gpu('NVIDIA A100-SXM4-80GB')), '4xnvidia-a100-sxm4-80gb'],
    ['two that differ', [gpu('NVIDIA A100'), gpu('NVIDIA L4')], 'mixed'],
  ])('of a worker with %s', (_name, gpus, want) => {
    expect(ownShape({ gpus })).toBe(want);
  });

  it('adds up, and always says how much needs no GPU', () => {
    expect([
      ...tally([
        ['1xa100', 2],
        ['1xa100', 3],
      ]),
    ]).toEqual([
      ['none', 0],
      ['1xa100', 5],
    ]);
  });

  it('names the 30 largest, whatever documents ask for', () => {
    const asked = Array.from({ length: 200 }, (_, n): [string, number] => [`1xtype-${String(n)}`, n + 1]);
    const counted = tally([['none', 1], ...asked]);
    expect(counted.size).toBe(32);
    expect(counted.get('1xtype-199')).toBe(200);
    expect(counted.get('1xtype-169')).toBeUndefined();
    expect(counted.get('other')).toBe((170 * 171) / 2);
  });
});
