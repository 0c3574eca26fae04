import { pathFault, rawPath } from './path-hygiene';

test.each([
  '/',
  '/api/v1/tasks/a-b_c',
  '/api/v1/results/x/files/a%20b.zip',
  '/api/v1/results/x/files/50%25.txt',
  '/api/v1/results/x/files/a%2Fb%2fc.bin',
  '/files/mod%C3%A8le',
  '//',
  '/a..b',
])('takes %s', (path) => {
  expect(pathFault(path)).toBeNull();
});

test.each([
  '/../x',
  '/a/./b',
  '/..',
  '/%2e%2e/x',
  '/%2E',
  '/a%2fb',
  '/api/v1/results/x%2Fy/files/a',
  '/api/v1/results/x%2Fy/files/a%2Fb',
  '/api/v1/results/x/files/a%2Fb/c',
  '/api/v1/results/x/files%2Fa',
  '/x/api/v1/results/x/files/a%2Fb',
  '/api/v1/results/x/files/a%252Fb',
  '/api/v1/results/x/files/%2e%2e%2fb',
  '/a%5Cb',
  '/a\\b',
  '/%252e',
  '/%00',
  '/%0d%0a',
  '/%7f',
  '/%c0%ae',
  '/%zz',
  '/%',
  '/é',
  '/a b',
])('refuses %s', (path) => {
  expect(pathFault(path)).toEqual(expect.any(String));
});

test.each([
  ['/a/b?c=../d#e', '/a/b'],
  ['http://host:1/a?b', '/a'],
  ['*', '*'],
])('takes the path out of %s', (url, path) => {
  expect(rawPath(url)).toBe(path);
});
