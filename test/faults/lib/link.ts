/** One connection through the proxy: what flows in either direction, and what the rules do to it. */
import type { Socket } from 'node:net';
import { FrameReader, messageOf, wordsOf, type Frame } from './resp';

/** `hold`: kept until it is released. `cut`: the connection ends instead. A number: as many copies. */
export type Verdict = 'pass' | 'drop' | 'hold' | 'cut' | number;

export interface Rules {
  /** A message of a channel on its way to a subscriber; `message` is empty when it is no JSON object. */
  onMessage?(channel: string, message: Readonly<Record<string, unknown>>): Verdict;
  /** The reply to a command. */
  onReply?(command: readonly string[]): Verdict;
  /** A command on its way to the server; true: from it on, nothing goes through any more, as in a black hole. */
  swallowFrom?(command: readonly string[]): boolean;
}

/** Commands that answer nothing of their own, since what they bring is pushed. */
const UNANSWERED = new Set(['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe']);

export class Link {
  private readonly commands = new FrameReader();
  private readonly answers = new FrameReader();
  private readonly unanswered: string[][] = [];
  private held: Buffer[] = [];
  private stalled: (() => void)[] = [];
  private readonly late: { due: number; work: () => void }[] = [];

  constructor(
    private readonly client: Socket,
    private readonly server: Socket,
    private readonly state: { rules: Rules; delayMs: number; blackHole: boolean },
  ) {
    client.on('data', (chunk) => {
      this.flow(() => {
        this.fromClient(chunk);
      });
    });
    server.on('data', (chunk) => {
      this.flow(() => {
        this.fromServer(chunk);
      });
    });
    client.on('close', () => {
      this.end(server);
    });
    server.on('close', () => {
      this.end(client);
    });
    for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => undefined);
  }

  destroy(): void {
    this.client.destroy();
    this.server.destroy();
  }

  /** What was held goes on, in the order in which `arrange` puts it; what `keep` names stays held too. */
  release(arrange: (held: Buffer[]) => Buffer[], keep: (held: Buffer[]) => Buffer[]): void {
    const held = this.held;
    this.held = keep(held);
    for (const bytes of arrange(held)) this.client.write(bytes);
  }

  /** The black hole gives back what it swallowed. */
  resume(): void {
    const stalled = this.stalled;
    this.stalled = [];
    for (const work of stalled) work();
  }

  /** A half-open connection shows no end either: the other side learns nothing. */
  private end(other: Socket): void {
    if (this.state.blackHole) this.stalled.push(() => other.destroy());
    else other.destroy();
  }

  private flow(work: () => void): void {
    if (this.state.blackHole) this.stalled.push(work);
    else if (this.state.delayMs > 0 || this.late.length > 0) this.postpone(work);
    else work();
  }

  /** Whatever the delay was when it came: nothing overtakes what came before it. */
  private postpone(work: () => void): void {
    const before = this.late.at(-1)?.due ?? 0;
    this.late.push({ due: Math.max(before, performance.now() + this.state.delayMs), work });
    if (this.late.length === 1) this.await();
  }

  private await(): void {
    const [first] = this.late;
    if (first === undefined) return;
    setTimeout(() => {
      first.work();
      this.late.shift();
      this.await();
    }, first.due - performance.now());
  }

  private fromClient(chunk: Buffer): void {
    for (const frame of this.commands.push(chunk)) {
      const words = wordsOf(frame);
      if (!UNANSWERED.has((words[0] ?? '').toLowerCase())) this.unanswered.push(words);
      if (this.state.rules.swallowFrom?.(words) === true) this.state.blackHole = true;
    }
    if (this.state.blackHole) this.stalled.push(() => this.server.write(chunk));
    else this.server.write(chunk);
  }

  private fromServer(chunk: Buffer): void {
    for (const frame of this.answers.push(chunk)) {
      if (this.client.destroyed) return;
      this.deliver(frame.bytes, this.judge(frame));
    }
  }

  private judge(frame: Frame): Verdict {
    const message = messageOf(frame);
    if (message !== null) return this.state.rules.onMessage?.(message.channel, parse(message.text)) ?? 'pass';
    if (frame.isPush || isSubscription(frame)) return 'pass';
    const command = this.unanswered.shift();
    return command === undefined ? 'pass' : (this.state.rules.onReply?.(command) ?? 'pass');
  }

  private deliver(bytes: Buffer, verdict: Verdict): void {
    if (verdict === 'pass') this.client.write(bytes);
    else if (verdict === 'hold') this.held.push(bytes);
    else if (verdict === 'cut') this.destroy();
    else if (verdict !== 'drop') for (let copy = 0; copy < verdict; copy += 1) this.client.write(bytes);
  }
}

function isSubscription({ value }: Frame): boolean {
  return Array.isArray(value) && typeof value[0] === 'string' && UNANSWERED.has(value[0].toLowerCase());
}

function parse(text: string): Record<string, unknown> {
  if (!text.startsWith('{')) return {};
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
