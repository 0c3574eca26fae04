/**
 * A connection that sends nothing but questions about the server until that was found fit: what belongs to a task must
 * not be asked of, nor written to, a server that is a replica, or that forgets.
 */
import { Redis } from 'ioredis';
import { NOT_FIT } from '../core/errors';

type Sending = Parameters<Redis['sendCommand']>;

/** What is asked of the server itself, and the signs of life. They must not share a pipeline with what has to wait. */
export const ASKED_FIRST = ['info', 'config', 'ping'] as const;

/** What the client sends of its own accord when it connects comes through here too. */
const PASSES: ReadonlySet<string> = new Set([...ASKED_FIRST, 'select']);

export class GatedRedis extends Redis {
  /** `unknown` from each connection on until it was judged. */
  private verdict: 'unknown' | 'fit' | 'unfit' = 'unknown';
  private waiting: Sending[] = [];

  /** Of this connection: what waits for it is sent, or fails, and so does what comes later. */
  judged(verdict: 'fit' | 'unfit'): void {
    this.settle(verdict);
  }

  /** The next connection may lead to another server. */
  closed(): void {
    this.settle('unknown');
  }

  override sendCommand(...sending: Sending): unknown {
    const [command] = sending;
    if (this.status !== 'ready' || this.verdict === 'fit' || PASSES.has(command.name))
      return super.sendCommand(...sending);
    if (this.verdict === 'unknown') this.waiting.push(sending);
    else command.reject(new Error(NOT_FIT));
    return command.promise;
  }

  private settle(verdict: 'unknown' | 'fit' | 'unfit'): void {
    this.verdict = verdict;
    const waiting = this.waiting;
    this.waiting = [];
    for (const sending of waiting) {
      if (verdict === 'fit') super.sendCommand(...sending);
      else sending[0].reject(new Error(NOT_FIT));
    }
  }
}
