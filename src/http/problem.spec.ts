import { BadRequestException, HttpException, NotFoundException } from '@nestjs/common';
import { ProblemError } from '../core/errors';
import { toProblem } from './problem';

const errno = (code: string): Error => Object.assign(new Error(`${code}: /secret/path`), { code });

test.each<[string, unknown, number, string, boolean]>([
  ['ours', new ProblemError('conflict', 'no'), 409, 'urn:orchestrator:conflict', true],
  ['of the framework', new NotFoundException('gone'), 404, 'urn:orchestrator:not-found', true],
  [
    'of the framework without a slug of ours',
    new HttpException('tea', 418),
    418,
    'urn:orchestrator:i-m-a-teapot',
    true,
  ],
  ['a full disk', errno('ENOSPC'), 507, 'urn:orchestrator:insufficient-storage', true],
  ['a used up quota', errno('EDQUOT'), 507, 'urn:orchestrator:insufficient-storage', true],
  ['Redis gone', new Error('Connection is closed.'), 503, 'urn:orchestrator:unavailable', true],
  ['a URL that does not decode', new URIError('URI malformed'), 400, 'urn:orchestrator:bad-request', true],
  ['anything else', errno('EIO'), 500, 'urn:orchestrator:internal-error', false],
  ['not even an error', 'oops', 500, 'urn:orchestrator:internal-error', false],
])('%s becomes %#', (_name, thrown, status, type, expected) => {
  const answer = toProblem(thrown, 'request-1');
  expect([answer.body.status, answer.body.type, answer.expected, answer.body.instance]).toEqual([
    status,
    type,
    expected,
    'request-1',
  ]);
  expect(JSON.stringify(answer.body)).not.toContain('secret');
});

test('whoever hears that Redis is gone hears when to ask again', () => {
  expect(toProblem(new Error('Connection is closed.'), '').headers).toEqual({ 'Retry-After': '1' });
});

test('issues and headers are kept', () => {
  const issue = { path: 'a', code: 'missing', message: 'give it' };
  const answer = toProblem(new ProblemError('bad-request', 'no', [issue], { Allow: 'GET' }), '');
  expect([answer.body.errors, answer.headers]).toEqual([[issue], { Allow: 'GET' }]);
});

test('the framework says in its own words what was wrong', () => {
  expect(toProblem(new BadRequestException('that'), '').body.detail).toBe('that');
});
