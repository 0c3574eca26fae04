// The border itself: authentication, request ids, errors, signed URLs, and requests that are no requests.
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { FileUrls } from '../../src/artifacts/file-urls';
import { configureServer } from '../../src/http/configure-server';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type HttpApp, startHttpApp } from './app';
import { closing, json, parseAnswer, sendRaw } from './raw';

const TOKEN = 'a-secret-token';
const BEARER = { Authorization: `Bearer ${TOKEN}` };
let app: HttpApp;

jest.setTimeout(30_000);

beforeAll(async () => {
  app = await startHttpApp({ ORCHESTRATOR_TOKEN: `${TOKEN},another-one` }, BEARER);
});
afterAll(() => app.stop());

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${app.url}${path}`, { headers });

describe('authentication', () => {
  test.each<[string, Record<string, string>]>([
    ['no token', {}],
    ['an empty one', { Authorization: 'Bearer ' }],
    ['a wrong one', { Authorization: 'Bearer a-secret-tokem' }],
    ['a shorter one', { Authorization: 'Bearer a' }],
    ['a longer one', { Authorization: `Bearer ${TOKEN}${'x'.repeat(3000)}` }],
    ['another scheme', { Authorization: `Basic ${TOKEN}` }],
    ['two at once', { Authorization: `Bearer ${TOKEN} another-one` }],
  ])('with %s is 401 with one same body', async (_name, headers) => {
    const answer = await get('/api/v1/tasks', { ...headers, 'X-Request-Id': 'same' });
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await json(answer)).toEqual({
      type: 'urn:orchestrator:unauthorized',
      title: 'Unauthorized',
      status: 401,
      detail: 'This needs a valid bearer token.',
      instance: 'same',
    });
  });

  test.each([TOKEN, 'another-one'])('takes each of the tokens', async (token) => {
    expect((await get('/api/v1/tasks', { Authorization: `Bearer ${token}` })).status).toBe(200);
  });

  test.each([
    '/metrics',
    '/docs',
    '/docs-json',
    '/no/such/path',
    '/healthz/../api/v1/tasks',
    '/HEALTHZ',
    '/healthz/',
  ])('is asked for at %s', async (path) => {
    const answer = await sendRaw(app.port, `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(answer.status).toBe(401);
  });

  test.each(['/healthz', '/readyz'])('is not asked for at %s', async (path) => {
    expect((await get(path)).status).not.toBe(401);
  });

  test('comes before a byte of the body is read', async () => {
    const socket = connect(app.port, '127.0.0.1');
    socket.write('POST /api/v1/results HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n');
    const answer = await new Promise<string>((resolve) =>
      socket.once('data', (chunk) => {
        resolve(chunk.toString());
      }),
    );
    socket.destroy();
    expect(parseAnswer(answer).status).toBe(401);
  });

  test('of an open service is not asked for', async () => {
    const open = await startHttpApp();
    try {
      expect((await fetch(`${open.url}/api/v1/tasks`)).status).toBe(200);
    } finally {
      await open.stop();
    }
  });
});

describe('signed URLs', () => {
  let path: string;
  let signed: string;
  beforeAll(async () => {
    const id = await app.submit();
    const body = new FormData();
    body.set('file', new Blob(['weights']), 'final lora.zip');
    await fetch(`${app.url}/api/v1/results/${id}/files`, { method: 'POST', headers: BEARER, body });
    path = `/api/v1/results/${id}/files/final%20lora.zip`;
    signed = app.nest.get(FileUrls).sign(`${app.url}${path}`);
  });

  test('let in without a token, for GET and HEAD', async () => {
    expect(await (await fetch(signed)).text()).toBe('weights');
    expect((await fetch(signed, { method: 'HEAD' })).status).toBe(200);
    expect((await get(path)).status).toBe(401);
  });

  test.each<[string, (url: string) => string]>([
    ['another file', (url): string => url.replace('final%20lora.zip', 'other.zip')],
    ['another expiry', (url): string => url.replace(/expires=\d/, 'expires=9')],
    [
      'a changed signature',
      (url): string => url.replace(/sig=./, (first) => (first === 'sig=_' ? 'sig=-' : 'sig=_')),
    ],
    ['no signature', (url): string => url.replace(/&sig=.*/, '')],
    ['an empty signature', (url): string => url.replace(/&sig=.*/, '&sig=')],
    ['the list of files', (url): string => url.replace('/final%20lora.zip', '')],
    ['the result', (url): string => url.replace('/files/final%20lora.zip', '')],
  ])('do not let in to %s', async (_name, change) => {
    const answer = await fetch(change(signed));
    expect([answer.status, (await json(answer)).detail]).toEqual([401, 'This needs a valid bearer token.']);
  });

  test('do not let anything be written', async () => {
    expect((await fetch(signed, { method: 'POST', body: 'x' })).status).toBe(401);
  });
});

describe('errors', () => {
  test.each<[string, string, number, string]>([
    ['GET', '/no/such/path', 404, 'urn:orchestrator:not-found'],
    ['DELETE', '/api/v1/tasks', 405, 'urn:orchestrator:method-not-allowed'],
    ['PATCH', '/api/v1/results/x/files/y', 405, 'urn:orchestrator:method-not-allowed'],
    ['GET', '/api/v1/tasks?limit=0', 400, 'urn:orchestrator:bad-request'],
    ['GET', '/api/v1/tasks?nonsense=1', 400, 'urn:orchestrator:bad-request'],
    ['GET', '/api/v1/tasks/unknown', 404, 'urn:orchestrator:not-found'],
  ])('of %s %s are problem+json: %i %s', async (method, path, status, type) => {
    const answer = await fetch(`${app.url}${path}`, { method, headers: BEARER });
    const problem = await json(answer);
    expect([answer.status, problem.type, answer.headers.get('content-type')]).toEqual([
      status,
      type,
      'application/problem+json; charset=utf-8',
    ]);
    expect(problem.instance).toBe(answer.headers.get('x-request-id'));
    expect(JSON.stringify(problem)).not.toMatch(/node_modules|\/tmp|at .*\(/);
  });

  test('of an unknown parameter name the known ones', async () => {
    const problem = await json(await get('/api/v1/tasks?nonsense=1', BEARER));
    expect(problem.errors).toEqual([
      { path: 'nonsense', code: 'unknown', message: expect.stringContaining('limit') },
    ]);
  });

  test('of a wrong method say which are right', async () => {
    const answer = await fetch(`${app.url}/api/v1/tasks`, { method: 'DELETE', headers: BEARER });
    expect(answer.headers.get('allow')).toBe('GET, HEAD, POST');
  });

  test('carry the request id that was sent, if it is sane', async () => {
    expect(
      (await get('/api/v1/tasks', { ...BEARER, 'X-Request-Id': 'abc-1' })).headers.get('x-request-id'),
    ).toBe('abc-1');
    expect(
      (await get('/api/v1/tasks', { ...BEARER, 'X-Request-Id': '<script>' })).headers.get('x-request-id'),
    ).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('and answers carry the headers that browsers heed, and no weak ETag', async () => {
    const { headers } = await get('/api/v1/tasks', BEARER);
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('etag')).toBeNull();
  });
});

describe('what is no request', () => {
  const auth = `Authorization: Bearer ${TOKEN}\r\nConnection: close\r\n`;

  test.each<[string, string, number]>([
    [
      'Content-Length with Transfer-Encoding',
      `POST /api/v1/results HTTP/1.1\r\nHost: x\r\n${auth}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['noise', 'hello\r\n\r\n', 400],
    ['huge headers', `GET / HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
  ])('%s is answered with problem+json', async (_name, text, status) => {
    const answer = await sendRaw(app.port, text);
    expect([answer.status, answer.headers['content-type']]).toEqual([
      status,
      'application/problem+json; charset=utf-8',
    ]);
    expect(JSON.parse(answer.body).status).toBe(status);
  });

  test.each(['%zz', 'a%00b', '%c0%ae', 'x%2fy', '%2e%2e', '%252e', '..', 'a\\b', '%e2%80'])(
    'a path with %s is 400',
    async (piece) => {
      const answer = await sendRaw(app.port, `GET /api/v1/tasks/${piece} HTTP/1.1\r\nHost: x\r\n${auth}\r\n`);
      expect([answer.status, JSON.parse(answer.body).type]).toEqual([400, 'urn:orchestrator:bad-request']);
    },
  );
});

describe('slowness', () => {
  let server: Server;
  let port: number;
  let finished = 0;
  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume().on('end', () => {
        finished += 1;
        response.end('done');
      });
    });
    configureServer(server, { headersTimeoutMs: 400, bodyWindowMs: 200, minBytesPerWindow: 1024 });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test('in the headers is 408', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: x\r\n');
    const answer = parseAnswer(await closing(socket, 3000));
    expect([answer.status, JSON.parse(answer.body).type]).toEqual([408, 'urn:orchestrator:request-timeout']);
  });

  test('in the body is cut when hardly anything comes', async () => {
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n');
    const drip = setInterval(() => socket.write('x'), 20);
    await closing(socket, 3000);
    clearInterval(drip);
    expect(finished).toBe(0);
  });

  test('in the body is fine as long as it moves', async () => {
    const socket = connect(port, '127.0.0.1');
    const pieces = 10;
    socket.write(
      `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${String(pieces * 2000)}\r\n\r\n`,
    );
    const answer = closing(socket, 5000);
    for (let n = 0; n < pieces; n += 1) {
      await sleep(100);
      socket.write('x'.repeat(2000));
    }
    expect(parseAnswer(await answer).status).toBe(200);
  });
});
