// Ports, and waiting for something to answer.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** The first of the wanted ports that is free on loopback, else one that the system picks. */
export async function freePort(...wanted) {
  for (const port of [...wanted, 0]) {
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    } catch {
      continue;
    }
    const { port: free } = server.address();
    server.close();
    await once(server, 'close');
    return free;
  }
  throw new Error('the system gives no free port');
}

/** Tries `attempt` until it gives something other than undefined; throws after `withinMs`. */
export async function waitFor(what, attempt, { withinMs = 30_000, everyMs = 50 } = {}) {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const value = await attempt();
    if (value !== undefined) return value;
    if (Date.now() > deadline) throw new Error(`${what} did not come within ${withinMs / 1000} s`);
    await sleep(everyMs);
  }
}

/** One inline command to a Redis server; gives the raw reply, or undefined when nobody answers. */
export function askRedis(port, command) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const finish = (reply) => {
      socket.destroy();
      resolve(reply);
    };
    socket.setTimeout(1_000, () => finish(undefined));
    socket.once('error', () => finish(undefined));
    socket.once('connect', () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => finish(data.toString()));
  });
}
