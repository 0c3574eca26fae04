/** Stands before object storage and does to its requests what a test wants done to them. */
import { createServer, type IncomingMessage, request as forward, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from '../helpers/wait';
import type { Replica, Replicas } from './replicas';

/** What becomes of a request; null: it is passed on. */
export type Act =
  /** Answered so instead. */
  | { status: number; code: string }
  /** Passed on after this. */
  | { after: Promise<unknown> }
  /** The answer is broken off after so many bytes of its body. */
  | { cutAfter: number }
  /** The answer stops after so many bytes of its body, and nothing more comes. */
  | { stopAfter: number }
  /** No answer comes, and the line is closed after this. */
  | { silentFor: Promise<unknown> };
export type Rule = (request: IncomingMessage) => Act | null;

export interface StorageProxy {
  readonly url: string;
  /** For the requests from now on. How many it was for until now is asked of what this returns. */
  set(rule: Rule | null): () => number;
  stop(): Promise<void>;
}

/** Of a write that another one stands in the way of, so many times. */
export function conflictOf(times: number): Rule {
  let left = times;
  return ({ method, headers }) => {
    if (method === 'GET' || headers['if-none-match'] !== '*' || left === 0) return null;
    left -= 1;
    return { status: 409, code: 'ConditionalRequestConflict' };
  };
}

export const isPart = ({ method, url }: IncomingMessage): boolean =>
  method === 'PUT' && url?.includes('partNumber=') === true;

/** A result on its way to where it waits for its task. */
export const isResult = ({ method, url }: IncomingMessage): boolean =>
  method === 'PUT' && url?.includes('/staged/') === true;

export interface Held {
  /** When so many of them have come. */
  underWay(count?: number): Promise<void>;
  /** They are passed on, and those that come later, too. */
  go(): void;
}

/** Such requests wait from now on. */
export function hold(storage: StorageProxy, isMeant: (request: IncomingMessage) => boolean): Held {
  let go = (): void => undefined;
  const after = new Promise<void>((resolve) => {
    go = resolve;
  });
  const seen = storage.set((request) => (isMeant(request) ? { after } : null));
  return {
    go,
    async underWay(count = 1) {
      await waitFor('a request', () => seen() >= count);
    },
  };
}

export async function startStorageProxy(storage: string): Promise<StorageProxy> {
  let actOn: Rule = () => null;
  const server = createServer((request, response) => {
    const act = actOn(request);
    if (act === null) pass(request, response, storage);
    else if ('status' in act) answer(request, response, act);
    else if ('silentFor' in act) void act.silentFor.finally(() => response.destroy());
    else if ('cutAfter' in act) pass(request, response, storage, cutAfter(act.cutAfter));
    else if ('stopAfter' in act) pass(request, response, storage, stopAfter(act.stopAfter));
    else
      void act.after.finally(() => {
        pass(request, response, storage);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    set(rule) {
      let seen = 0;
      actOn = (request) => {
        const act = rule?.(request) ?? null;
        if (act !== null) seen += 1;
        return act;
      };
      return () => seen;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, code }: { status: number; code: string },
): void {
  const body = `<Error><Code>${code}</Code><Message>as the test wants it</Message></Error>`;
  request.resume().once('end', () => response.writeHead(status).end(request.method === 'HEAD' ? '' : body));
}

function pass(
  request: IncomingMessage,
  response: ServerResponse,
  storage: string,
  send: (answered: IncomingMessage, response: ServerResponse) => void = (answered) => answered.pipe(response),
): void {
  const { method, url, headers } = request;
  const passed = forward(new URL(url ?? '/', storage), { method, headers }, (answered) => {
    response.writeHead(answered.statusCode ?? 502, answered.headers);
    send(answered, response);
  });
  passed.once('error', () => response.destroy());
  request.pipe(passed);
}

const cutAfter =
  (most: number) =>
  (answered: IncomingMessage, response: ServerResponse): void => {
    let left = most;
    answered.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) response.destroy();
    });
    answered.pipe(response);
  };

const stopAfter =
  (most: number) =>
  (answered: IncomingMessage, response: ServerResponse): void => {
    let left = most;
    answered.on('data', (chunk: Buffer) => {
      response.write(chunk.subarray(0, Math.max(0, left)));
      left -= chunk.length;
    });
    if (most === 0) response.flushHeaders();
  };

/** One more replica, which reaches the storage by way of a proxy that does nothing to a test by itself. */
export function useReplicaBehindProxy(replicas: Replicas): {
  readonly storage: StorageProxy;
  readonly slow: Replica;
} {
  let running: { storage: StorageProxy; slow: Replica } | null = null;
  const parts = (): { storage: StorageProxy; slow: Replica } => {
    if (running === null) throw new Error('there is a proxy only while a test runs');
    return running;
  };
  beforeAll(async () => {
    const storage = await startStorageProxy(replicas.objects.url);
    running = { storage, slow: await replicas.add({ S3_ENDPOINT: storage.url }) };
  }, 60_000);
  afterAll(() => parts().storage.stop());
  afterEach(() => void parts().storage.set(null));
  return {
    get storage() {
      return parts().storage;
    },
    get slow() {
      return parts().slow;
    },
  };
}
