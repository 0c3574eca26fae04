/** Limits on time, below Express: stalled headers, stalled bodies, and bytes that are no HTTP. */
import type { IncomingMessage, Server } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { PROBLEM_TYPE, problemOfStatus } from './problem';

export interface ServerLimits {
  /** Headers must be whole within this time, else 408. */
  headersTimeoutMs: number;
  /** A body must bring `minBytes` in every such span of time, else it is cut. */
  bodyWindowMs: number;
  minBytesPerWindow: number;
}

const LIMITS: ServerLimits = { headersTimeoutMs: 20_000, bodyWindowMs: 60_000, minBytesPerWindow: 1024 };

/** How often Node looks for stalled headers: the precision of the 408. */
const CHECKS_PER_TIMEOUT = 10;

/**
 * Call before `listen`. There is no limit on how long a whole request takes: an upload of 100 GB over a slow line
 * is legitimate as long as it moves.
 */
export function configureServer(server: Server, limits: ServerLimits = LIMITS): void {
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = 0;
  // Node reads this when it starts to listen; its own default of 30 s would make 20 s up to 50.
  Object.assign(server, {
    connectionsCheckingInterval: Math.ceil(limits.headersTimeoutMs / CHECKS_PER_TIMEOUT),
  });
  server.on('clientError', answerClientError);
  server.on('request', (request: IncomingMessage) => {
    // Most bodies come with their headers, and are whole by then.
    if (hasBody(request)) setImmediate(watchBody, request, limits);
  });
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length']) > 0;
}

/** Cuts a body that stalls. A body that waits for our own disk is not the client's fault and is not counted. */
function watchBody(request: IncomingMessage, { bodyWindowMs, minBytesPerWindow }: ServerLimits): void {
  if (request.complete || request.closed) return;
  const { socket } = request;
  let seen = socket.bytesRead;
  const look = (): void => {
    if (request.complete || request.closed) {
      clearInterval(timer);
      return;
    }
    const moved = socket.bytesRead - seen;
    seen = socket.bytesRead;
    if (moved < minBytesPerWindow && request.readableLength < minBytesPerWindow) socket.destroy();
  };
  // After what has come meanwhile is read: a stall of our own must not count as the client's.
  const timer = setInterval(() => setImmediate(look), bodyWindowMs).unref();
  const stop = (): void => {
    clearInterval(timer);
  };
  request.once('close', stop);
  request.once('end', stop);
}

const DETAILS: Readonly<Record<number, string>> = {
  400: 'These bytes are no well-formed HTTP request.',
  408: 'The request did not arrive in time.',
  413: 'A chunk extension is too large.',
  431: 'The headers are too large.',
};

function statusOf(code: string | undefined): number {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW') return 413;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return 400;
}

/** No request object exists yet, so the answer is written by hand, in the same shape as all others. */
function answerClientError(error: NodeJS.ErrnoException, socket: Socket & { _httpMessage?: unknown }): void {
  // A second answer into the middle of one that is being written would be taken for its body.
  const answering = socket._httpMessage !== undefined && socket._httpMessage !== null;
  if (!socket.writable || error.code === 'ECONNRESET' || answering) {
    socket.destroy();
    return;
  }
  const status = statusOf(error.code);
  const id = randomUUID();
  const body = JSON.stringify(problemOfStatus(status, DETAILS[status] ?? '', id));
  socket.end(
    [
      `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
      'Connection: close',
      `Content-Type: ${PROBLEM_TYPE}`,
      `Content-Length: ${String(Buffer.byteLength(body))}`,
      `X-Request-Id: ${id}`,
      '',
      body,
    ].join('\r\n'),
    () => socket.destroy(),
  );
}
