/** Stands before object storage and answers writes, as often as it is told to, that another one is under way. */
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Conflicts {
  readonly url: string;
  /** How many writes under a condition are answered 409 from now on. */
  next(count: number): void;
  /** How many were. */
  seen(): number;
  stop(): Promise<void>;
}

const CONFLICT = '<Error><Code>ConditionalRequestConflict</Code><Message>try again</Message></Error>';

export async function startConflicts(storage: string): Promise<Conflicts> {
  let left = 0;
  let seen = 0;
  const server = createServer((request, response) => {
    if (left > 0 && request.method === 'PUT' && request.headers['if-none-match'] === '*') {
      left -= 1;
      seen += 1;
      request.resume().once('end', () => response.writeHead(409).end(CONFLICT));
      return;
    }
    const { method, url, headers } = request;
    const passed = forward(new URL(url ?? '/', storage), { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.once('error', () => response.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    next(count) {
      left = count;
    },
    seen: () => seen,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
