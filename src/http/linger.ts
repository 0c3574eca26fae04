/** What to do with the rest of a body after an early answer. */
import type { IncomingMessage } from 'node:http';

const MAX_DRAIN_BYTES = 64 * 1024 * 1024;
const MAX_DRAIN_MS = 30_000;

/**
 * Closing at once would reset the connection, and a client that still writes its body would never read the
 * answer. So the rest is read and thrown away, up to 64 MiB or 30 s; whatever comes then is cut off.
 */
export function lingerThenClose(request: IncomingMessage): void {
  if (request.complete || request.destroyed) return;
  let drained = 0;
  const deadline = setTimeout(() => request.socket.destroy(), MAX_DRAIN_MS);
  deadline.unref();
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > MAX_DRAIN_BYTES) request.socket.destroy();
  });
  request.once('close', () => {
    clearTimeout(deadline);
  });
  request.on('error', () => undefined);
  request.resume();
}
