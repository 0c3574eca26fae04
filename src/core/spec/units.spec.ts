import { parseBytes, parseCpuCores, parseInteger } from './units';

const GIB = 1024 ** 3;

describe('parseBytes', () => {
  it.each([
    ['16GiB', 16 * GIB],
    ['16Gi', 16 * GIB],
    ['16 gb', 16 * GIB],
    ['16G', 16 * GIB],
    ['512M', 512 * 1024 ** 2],
    ['81920 MiB', 80 * GIB],
    ['80 GiB', 80 * GIB],
    ['1.5 gib', 1.5 * GIB],
    ['64k', 65_536],
    ['1T', 1024 ** 4],
    ['1024', 1024],
    ['1024 B', 1024],
    ['12 bytes', 12],
    ['1e3', 1000],
    ['0.3', 1],
    [' 8Gi ', 8 * GIB],
    [1_073_741_824, GIB],
    [0, 0],
    [1.2, 2],
  ])('reads %p as %p bytes', (text, bytes) => {
    expect(parseBytes(text)).toBe(bytes);
  });

  it.each([
    '1 banana',
    '',
    'lots',
    '-1G',
    'GiB',
    '1 2 G',
    '99999999E',
    NaN,
    -1,
    Infinity,
    1e300,
    '1'.repeat(100_000),
  ])('refuses %p', (text) => {
    expect(parseBytes(text)).toBeNull();
  });
});

describe('parseCpuCores', () => {
  it.each([
    ['8', 8],
    [8, 8],
    ['500m', 1],
    ['1500m', 2],
    ['2000m', 2],
    [0.5, 1],
    ['2.5', 3],
    [0, 0],
  ])('reads %p as %p cores', (text, cores) => {
    expect(parseCpuCores(text)).toBe(cores);
  });

  it.each(['lots', '', '-1', '8 cores', '500M', NaN, -2, Infinity])('refuses %p', (text) => {
    expect(parseCpuCores(text)).toBeNull();
  });
});

describe('parseInteger', () => {
  it.each([
    [3, 3],
    ['3', 3],
    [' 12 ', 12],
    ['-1', -1],
  ])('reads %p as %p', (value, want) => {
    expect(parseInteger(value)).toBe(want);
  });

  it.each([1.5, '1.5', '', 'x', null, true, NaN, '99999999999999999999'])('refuses %p', (value) => {
    expect(parseInteger(value)).toBeNull();
  });
});
