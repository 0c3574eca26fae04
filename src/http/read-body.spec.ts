import type { IncomingMessage } from 'node:http';
import { PassThrough, Readable } from 'node:stream';
import { ProblemError } from '../core/errors';
import { bodyAtHand, readText, requireContentType } from './read-body';

function request(body: string | Buffer, headers: Record<string, string> = {}): IncomingMessage {
  const bytes = Buffer.from(body);
  const pieces = Array.from({ length: Math.ceil(bytes.length / 3) }, (_, n) =>
    bytes.subarray(n * 3, n * 3 + 3),
  );
  return Object.assign(Readable.from(pieces), { headers }) as unknown as IncomingMessage;
}

async function refusal(promise: Promise<unknown>): Promise<ProblemError> {
  const error: unknown = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof ProblemError) return error;
  throw new Error(`not refused with a problem: ${String(error)}`);
}

test('reads text, drops a byte order mark and keeps line ends', async () => {
  expect(await readText(request('\ufeffa: é😀\r\n'), 100)).toBe('a: é😀\r\n');
});

test('takes as many bytes as allowed and refuses one more, announced or not', async () => {
  expect(await readText(request('12345'), 5)).toBe('12345');
  expect((await refusal(readText(request('123456'), 5))).slug).toBe('too-large');
  expect((await refusal(readText(request('', { 'content-length': '6' }), 5))).slug).toBe('too-large');
});

test('says where the text stops being UTF-8', async () => {
  const error = await refusal(readText(request(Buffer.from('ok\nab\xff', 'latin1')), 100));
  expect([error.slug, error.issues[0]?.line, error.issues[0]?.column]).toEqual(['invalid-document', 2, 3]);
});

test.each([{ 'content-type': 'text/yaml; charset=latin1' }, { 'content-encoding': 'gzip' }])(
  'refuses %j',
  async (headers) => {
    expect((await refusal(readText(request('x', headers), 100))).slug).toBe('unsupported-media-type');
  },
);

test.each(['text/yaml', 'TEXT/YAML; charset="UTF-8"'])('knows the type in %s', async (type) => {
  const given = request('x', { 'content-type': type });
  expect(requireContentType(given, ['text/yaml'])).toBe('text/yaml');
  expect(await readText(given, 10)).toBe('x');
});

test('names the types it takes', () => {
  expect(() => requireContentType(request(''), ['text/yaml', 'application/json'])).toThrow(
    'text/yaml, application/json',
  );
});

describe('a body that may have come already', () => {
  const came = (bytes: string): PassThrough => {
    const body = new PassThrough();
    body.write(bytes);
    return body;
  };

  test('is taken at once when all of it is there', () => {
    const body = came('1234');
    expect(bodyAtHand(body, 4, '4')?.toString()).toBe('1234');
    expect(body.readableLength).toBe(0);
  });

  test.each([
    ['more is to come', 100, '5'],
    ['its length is not known', 100, undefined],
    ['it is larger than allowed', 3, '4'],
  ])('is left as it is when %s', (_when, maxBytes, announced) => {
    const body = came('1234');
    expect(bodyAtHand(body, maxBytes, announced)).toBeNull();
    expect(body.readableLength).toBe(4);
  });
});
