import { fileNameFault, fileNameIssue, filePathFault, filePathIssue } from './file-names';

test.each([
  'final_model.zip',
  'final_lora.tar.gz',
  'a',
  'x'.repeat(255),
  'modèle.bin',
  '日本.txt',
  'a b (1).zip',
  '100%.txt',
  'console.log',
  'a..b',
  '-rf',
  "it's",
])('takes %j', (name) => {
  expect(fileNameIssue(name)).toBeNull();
  expect(fileNameFault(name)).toBeNull();
});

test.each([
  ['', 'empty'],
  ['x'.repeat(256), 'too_long'],
  ['é'.repeat(128), 'too_long'],
  ['a\ud800b', 'not_unicode'],
  ['a\0b', 'control'],
  ['a\r\nb', 'control'],
  ['a\u0085b', 'control'],
  ['a\u202egnp.exe', 'invisible'],
  ['a\u200bb', 'invisible'],
  ['a\u2028b', 'invisible'],
  ['../../etc/passwd', 'separator'],
  ['..\\x', 'separator'],
  ['．．／', 'separator'],
  ['a／b', 'separator'],
  ['C:x', 'special'],
  ['a*', 'special'],
  ['a：b', 'special'],
  ['.', 'leading_dot'],
  ['..', 'leading_dot'],
  ['.orchestrator', 'leading_dot'],
  ['．hidden', 'leading_dot'],
  ['a.', 'edge'],
  [' a', 'edge'],
  ['a\u00a0', 'edge'],
  ['a%2fb', 'percent'],
  ['CON', 'device'],
  ['nul.txt', 'device'],
  ['COM1', 'device'],
  ['ＣＯＮ', 'device'],
  ['responses.json', 'reserved'],
  ['Responses.JSON', 'reserved'],
  ['manifest.json', 'reserved'],
])('refuses %j as %s', (name, code) => {
  expect(fileNameIssue(name)?.code).toBe(code);
  expect(fileNameFault(name)?.status).toBe(400);
});

test('an upload into a directory is told what to do instead', () => {
  expect(fileNameFault('a/b')?.message).toContain('uploaded as one archive');
});

describe('a path', () => {
  test.each([
    'model.bin',
    'a/responses.json',
    'a/manifest.json',
    'checkpoint-500/model.safetensors',
    Array(16).fill('a').join('/'),
  ])('may be %s', (path) => {
    expect(filePathIssue(path)).toBeNull();
    expect(filePathFault(path)).toBeNull();
  });

  test.each([
    ['', 'empty'],
    ['/a', 'empty'],
    ['a/', 'empty'],
    ['a//b', 'empty'],
    ['../a', 'leading_dot'],
    ['a/../b', 'leading_dot'],
    ['a/./b', 'leading_dot'],
    ['a/.git/config', 'leading_dot'],
    ['a/%2e%2e/b', 'percent'],
    ['a\\b/c', 'separator'],
    ['a／b/c', 'separator'],
    ['CON/a', 'device'],
    ['responses.json/a', 'reserved'],
    [`${'x'.repeat(256)}/a`, 'too_long'],
    [Array(17).fill('a').join('/'), 'too_deep'],
    [Array(8).fill('x'.repeat(200)).join('/'), 'too_long'],
  ])('is not %j: %s', (path, code) => {
    expect(filePathIssue(path)?.code).toBe(code);
    expect(filePathFault(path)?.status).toBe(400);
  });
});
