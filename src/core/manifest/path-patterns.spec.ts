import { FilePaths } from './path-patterns';

const PATHS = [
  'final_lora.zip',
  'final_model.zip',
  'log-1.txt',
  'log-22.txt',
  'x*',
  'checkpoint-1',
  'checkpoint-500/model.bin',
  'checkpoint-500/opt/rank-0.pt',
  'checkpoint-600/model.bin',
];
const ABOVE = PATHS.slice(0, 6);
const BELOW = PATHS.slice(6);

test.each([
  ['final_lora.zip', ['final_lora.zip']],
  ['final_*.zip', ['final_lora.zip', 'final_model.zip']],
  ['*', ABOVE],
  ['log-?.txt', ['log-1.txt']],
  ['*.txt*', ['log-1.txt', 'log-22.txt']],
  ['x*', ['x*']],
  ['log-1.tx', []],
  ['', []],
  ['*.bin', []],
  ['checkpoint-500', BELOW.slice(0, 2)],
  ['checkpoint-500/', BELOW.slice(0, 2)],
  ['checkpoint-50', []],
  ['checkpoint-1/', []],
  ['checkpoint-500/model.bin', BELOW.slice(0, 1)],
  ['checkpoint-*', ['checkpoint-1']],
  ['checkpoint-*/', BELOW],
  ['checkpoint-*/**', BELOW],
  ['checkpoint-*/*', ['checkpoint-500/model.bin', 'checkpoint-600/model.bin']],
  ['checkpoint-?00/model.bin', ['checkpoint-500/model.bin', 'checkpoint-600/model.bin']],
  ['checkpoint-500?model.bin', []],
  ['*/opt/*', ['checkpoint-500/opt/rank-0.pt']],
  ['**/rank-*', ['checkpoint-500/opt/rank-0.pt']],
  ['**/*.zip', ['final_lora.zip', 'final_model.zip']],
  ['checkpoint-500/**/model.bin', ['checkpoint-500/model.bin']],
  ['**', PATHS],
  ['**/', PATHS],
])('%s means %j', (pattern, want) => {
  expect(new FilePaths(PATHS).matching(pattern)).toEqual(want);
});

test('no pattern is slow', () => {
  const paths = new FilePaths(['a'.repeat(255), Array(16).fill('a'.repeat(60)).join('/')]);
  expect(paths.matching(`${'*a'.repeat(120)}b`)).toEqual([]);
  expect(paths.matching(`${'**/a*/'.repeat(40)}b`)).toEqual([]);
});
