/** A TCP proxy in front of a Redis server that does on demand what networks do on their own. */
import { connect, createServer, type Server } from 'node:net';
import { once } from 'node:events';
import { Link, type Rules } from './link';

export class Proxy {
  private readonly links = new Set<Link>();
  private readonly state = { rules: {} as Rules, delayMs: 0, blackHole: false };
  private refusing = false;

  private constructor(
    private readonly server: Server,
    private target: number,
  ) {
    server.on('connection', (client) => {
      if (this.refusing) {
        client.resetAndDestroy();
        return;
      }
      const link = new Link(client, connect(this.target, '127.0.0.1'), this.state);
      this.links.add(link);
      client.on('close', () => this.links.delete(link));
    });
  }

  static async start(target: number): Promise<Proxy> {
    const server = createServer();
    const proxy = new Proxy(server, target);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return proxy;
  }

  get url(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('the proxy does not listen');
    return `redis://127.0.0.1:${String(address.port)}/0`;
  }

  get connections(): number {
    return this.links.size;
  }

  /** What happens to messages and replies from now on; nothing without an argument. */
  rule(rules: Rules = {}): void {
    this.state.rules = rules;
  }

  /** Both ways, in milliseconds. */
  delay(ms: number): void {
    this.state.delayMs = ms;
  }

  /** Connections stay, and new ones are taken, but nothing goes through: half-open. */
  blackHole(): void {
    this.state.blackHole = true;
  }

  /** Connections end now; new ones are taken. */
  cut(): void {
    for (const link of this.links) link.destroy();
    this.links.clear();
  }

  /** Connections end now, and new ones too. */
  refuse(): void {
    this.refusing = true;
    this.cut();
  }

  /** Everything goes through again. */
  heal(): void {
    this.refusing = false;
    this.state.delayMs = 0;
    this.state.blackHole = false;
    for (const link of this.links) link.resume();
  }

  /** Messages that were held go on, in the order in which `arrange` puts them; those that `keep` names stay held too. */
  release(
    arrange: (held: Buffer[]) => Buffer[] = (held) => held,
    keep: (held: Buffer[]) => Buffer[] = () => [],
  ): void {
    for (const link of this.links) link.release(arrange, keep);
  }

  /** New connections go elsewhere; the old ones end. */
  retarget(target: number): void {
    this.target = target;
    this.cut();
  }

  async stop(): Promise<void> {
    this.server.close();
    this.cut();
    await once(this.server, 'close').catch(() => undefined);
  }
}
