/** What is logged of a request, over real HTTP. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import { assignRequestId, requestIdOf } from '../http/request-id';
import { waitFor } from '../../test/helpers/wait';
import { openLog } from './log';
import { requestLog } from './request-log';

type Line = Record<string, unknown>;

let server: Server;
let lines: Line[];
let arrived: number;

const STATUS_OF: Readonly<Record<string, number>> = { '/broken': 500, '/away': 503 };

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  response.statusCode = STATUS_OF[request.url ?? ''] ?? 200;
  response.end(requestIdOf(request));
};

async function serve(logLevel: 'debug' | 'info', handle = answer): Promise<string> {
  lines = [];
  arrived = 0;
  const { logger } = await openLog(
    {
      logLevel,
      logFile: null,
      logMaxBytes: 1,
      logBackupCount: 1,
      tokens: [],
      urlSigningSecret: null,
      redisSentinelPassword: null,
      redisUrl: 'redis://h',
    },
    { write: (line) => lines.push(JSON.parse(line) as Line) },
  );
  const log = requestLog(logger);
  server = createServer((request, response) => {
    log(request as Request, response as Response, () => {
      assignRequestId(request, response, () => {
        arrived += 1;
        handle(request, response);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
}

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

it('is one line with method, path, status, duration and the id that the answer has', async () => {
  const url = await serve('info');
  const id = await (await fetch(`${url}/workers?limit=5`)).text();
  expect(lines).toEqual([
    expect.objectContaining({
      level: 'INFO',
      request_id: id,
      request: { method: 'GET', url: '/workers?limit=5', remote_address: '127.0.0.1' },
      response: { status: 200 },
      duration_ms: expect.any(Number),
      msg: 'GET /workers?limit=5 200',
    }),
  ]);
});

it('takes the id that the client gives', async () => {
  const url = await serve('info');
  await fetch(url, { headers: { 'X-Request-Id': 'mine-1' } });
  expect(lines).toMatchObject([{ request_id: 'mine-1' }]);
});

it.each(['/api/v1/tasks/t-1', '/api/v1/results/t-1/files/a.zip'])(
  'of %s says which task it is about',
  async (path) => {
    const url = await serve('info');
    await fetch(url + path);
    expect(lines).toMatchObject([{ task_id: 't-1' }]);
  },
);

it('shows no header and no signature', async () => {
  const url = await serve('info');
  await fetch(`${url}/api/v1/results/t/files/f?expires=9&sig=s3cr3t`, {
    headers: { Authorization: 'Bearer hunter2' },
  });
  expect(JSON.stringify(lines)).not.toMatch(/s3cr3t|hunter2/);
  expect(lines).toHaveLength(1);
});

it('of an aborted one says so', async () => {
  const url = await serve('info', () => undefined);
  const abort = new AbortController();
  const asked = fetch(`${url}/slow`, { signal: abort.signal }).catch(() => null);
  await waitFor('the request to arrive', () => Promise.resolve(arrived === 1));
  abort.abort();
  await asked;
  await waitFor('its line', () => Promise.resolve(lines.length === 1));
  expect(lines).toMatchObject([{ msg: 'GET /slow aborted by the client' }]);
});

it('is an error when the answer is one of ours', async () => {
  const url = await serve('info');
  await fetch(`${url}/broken`);
  expect(lines).toMatchObject([{ level: 'ERROR', response: { status: 500 } }]);
});

it('is a warning when what we need is away', async () => {
  const url = await serve('info');
  await fetch(`${url}/away`);
  expect(lines).toMatchObject([{ level: 'WARNING', response: { status: 503 } }]);
});

it.each(['/healthz', '/readyz', '/metrics'])('of %s is only there at DEBUG', async (path) => {
  await fetch((await serve('info')) + path);
  expect(lines).toEqual([]);
  server.closeAllConnections();
  server.close();
  await fetch((await serve('debug')) + path);
  expect(lines).toMatchObject([{ level: 'DEBUG' }]);
});
