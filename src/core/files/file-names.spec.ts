import { fileNameFault, fileNameIssue } from './file-names';

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
