/** A front of the service that leads downloads of files elsewhere, as the service does by itself with a bucket. */
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  request as httpRequest,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';

interface Front {
  url: string;
  /** The Authorization of each download, as it came where it was led. */
  authorized: (string | undefined)[];
  stop(): void;
}

export async function startFront(url: string, token: string): Promise<Front> {
  const authorized: (string | undefined)[] = [];
  const storage = createServer((request, response) => {
    authorized.push(request.headers.authorization);
    void forward(url, request, response, { authorization: `Bearer ${token}` });
  });
  const front = createServer((request, response) => {
    if (request.method === 'GET' && request.url?.includes('/files/') === true)
      response.writeHead(307, { Location: `${urlOf(storage)}${request.url}` }).end();
    else void forward(url, request, response);
  });
  for (const server of [storage, front]) {
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  }
  const stop = (): void => {
    for (const server of [storage, front]) {
      server.closeAllConnections();
      server.close();
    }
  };
  return { url: urlOf(front), authorized, stop };
}

export const urlOf = (server: Server): string =>
  `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;

async function forward(
  url: string,
  request: IncomingMessage,
  response: ServerResponse,
  headers: Record<string, string> = {},
): Promise<void> {
  const passed = httpRequest(`${url}${request.url ?? ''}`, {
    method: request.method ?? 'GET',
    headers: { ...request.headers, ...headers },
  });
  const [answer] = (await Promise.all([once(passed, 'response'), pipeline(request, passed)]))[0] as [
    IncomingMessage,
  ];
  response.writeHead(answer.statusCode ?? 502, answer.headers);
  await pipeline(answer, response);
}
