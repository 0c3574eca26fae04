import { delayMs, persistent } from './retry';
import { ProblemError, UnreachableError } from './problem';

const ok = (): Response => new Response('{}');
const busy = (): Response => new Response('', { status: 503, headers: { 'Retry-After': '0' } });
const gone = (): never => {
  throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:8000') });
};

/** A network that behaves as told, one time after the other, and counts what it was asked. */
function network(...answers: (() => Response)[]) {
  const bodies: string[] = [];
  const fetch = async (request: Request): Promise<Response> => {
    bodies.push(await request.text());
    return (answers[bodies.length - 1] ?? ok)();
  };
  return { bodies, send: persistent({ retries: 2, baseDelayMs: 1, fetch }) };
}

const get = (): Request => new Request('http://service/tasks');
const post = (headers: Record<string, string> = {}): Request =>
  new Request('http://service/tasks', { method: 'POST', body: 'a document', headers });

test('a read is sent again when its connection breaks and when the service is busy', async () => {
  const { send, bodies } = network(gone, busy, ok);
  expect((await send(get())).status).toBe(200);
  expect(bodies).toHaveLength(3);
});

test('a submission with a key is sent again with its whole body', async () => {
  const { send, bodies } = network(gone, ok);
  expect((await send(post({ 'Idempotency-Key': 'k' }))).status).toBe(200);
  expect(bodies).toEqual(['a document', 'a document']);
});

test('what may have been done is not sent again', async () => {
  const { send, bodies } = network(gone);
  await expect(send(post())).rejects.toThrow(UnreachableError);
  expect(bodies).toHaveLength(1);
  const second = network(busy);
  expect((await second.send(post())).status).toBe(503);
  expect(second.bodies).toHaveLength(1);
});

test('after the last try the answer is given, or that there is none', async () => {
  expect((await network(busy, busy, busy).send(get())).status).toBe(503);
  await expect(network(gone, gone, gone).send(get())).rejects.toThrow(
    /does not answer: connect ECONNREFUSED/,
  );
});

test('a refusal is not asked for twice', async () => {
  const { send, bodies } = network(() => new Response('', { status: 404 }));
  expect((await send(get())).status).toBe(404);
  expect(bodies).toHaveLength(1);
});

test('an aborted request ends with the reason of its signal', async () => {
  const stop = new AbortController();
  const { send } = network(gone, gone, gone);
  const asked = send(new Request('http://service/', { signal: stop.signal }));
  stop.abort(new Error('enough'));
  await expect(asked).rejects.toThrow('enough');
});

test.each([
  ['doubles', 2, NaN, 0, 2_000],
  ['is at least half of that', 2, NaN, 1, 1_000],
  ['is what the service asks for', 0, 3, 0.5, 3_000],
  ['has an end', 20, NaN, 0, 10_000],
  ['has an end, whatever the service asks for', 0, 3_600, 0, 10_000],
])('the pause %s', (_what, count, asked, random, ms) => {
  expect(delayMs(count, 500, asked, random)).toBe(ms);
});

test('an answer that is not of the service is a problem too', () => {
  const response = new Response('', { status: 502, statusText: 'Bad Gateway' });
  const error = ProblemError.read('<html>no upstream</html>', response);
  expect(error).toMatchObject({
    status: 502,
    type: 'about:blank',
    title: '502 Bad Gateway',
    isTemporary: true,
  });
  expect(error.message).toBe('502 Bad Gateway: <html>no upstream</html>');
});
