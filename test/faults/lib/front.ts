/**
 * What stands before the replicas in the field: one address that lasts, each connection passed on to a replica that
 * says it is ready, or else to one that takes connections at all. While none does, a connection waits.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Backend {
  readonly port: number;
  isReady: boolean;
}

const LOOK_EVERY_MS = 200;
const PATIENCE_MS = 10_000;

export class Front {
  private readonly backends = new Map<string, Backend>();
  private readonly sockets = new Set<Socket>();
  private turn = 0;
  private stopped = false;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {
    server.on('connection', (client) => {
      this.track(client);
      client.pause();
      void this.serve(client);
    });
    void this.watch();
  }

  static async start(): Promise<Front> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('the front does not listen');
    return new Front(server, `http://127.0.0.1:${String(address.port)}`);
  }

  set(name: string, port: number): void {
    this.backends.set(name, { port, isReady: false });
  }

  remove(name: string): void {
    this.backends.delete(name);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.server.close();
    for (const socket of this.sockets) socket.destroy();
    await once(this.server, 'close').catch(() => undefined);
  }

  private track(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.sockets.delete(socket));
  }

  private async serve(client: Socket): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!client.destroyed && !this.stopped && performance.now() < deadline) {
      for (const { port } of this.candidates()) {
        const server = await open(port);
        if (server === null) continue;
        this.track(server);
        client.on('close', () => server.destroy());
        // What the server said before it closed still reaches the client.
        server.on('close', (broken) => (broken ? client.destroy() : client.end()));
        client.pipe(server);
        server.pipe(client);
        return;
      }
      await sleep(50);
    }
    client.destroy();
  }

  /** Ready ones first, in turn. */
  private candidates(): Backend[] {
    const all = [...this.backends.values()];
    this.turn += 1;
    const from = all.length === 0 ? 0 : this.turn % all.length;
    const rotated = [...all.slice(from), ...all.slice(0, from)];
    return [...rotated.filter(({ isReady }) => isReady), ...rotated.filter(({ isReady }) => !isReady)];
  }

  private async watch(): Promise<void> {
    while (!this.stopped) {
      await Promise.all([...this.backends.values()].map((backend) => look(backend)));
      await sleep(LOOK_EVERY_MS);
    }
  }
}

async function look(backend: Backend): Promise<void> {
  try {
    const url = `http://127.0.0.1:${String(backend.port)}/readyz`;
    const response = await fetch(url, {
      headers: { connection: 'close' },
      signal: AbortSignal.timeout(2_000),
    });
    await response.arrayBuffer();
    backend.isReady = response.status === 200;
  } catch {
    backend.isReady = false;
  }
}

function open(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      resolve(socket);
    });
    socket.once('error', () => {
      resolve(null);
    });
  });
}
