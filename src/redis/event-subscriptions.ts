/**
 * Messages of the channels that we listen to, handed to whoever subscribed in process. When those cannot keep up, reading
 * stops until they have: what waits then waits in Redis, and not here.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CHANNEL } from './keys';
import { RedisConnections } from './redis-connections';

export type ChannelName = keyof typeof CHANNEL;
/** A listener that returns a promise is not done with its message before that settles. */
type Listener = (message: string) => void | Promise<void>;

/** Reading stops at so many messages, or characters of them, that nobody is done with, and goes on below half of that. */
const MAX_UNFINISHED = 20_000;
const MAX_UNFINISHED_CHARS = 64 * 1024 * 1024;
/** A server that is there answers within moments; without it the service starts all the same. */
const START_PATIENCE_MS = 1_000;
const RETRY_MS = 1_000;

@Injectable()
export class EventSubscriptions implements OnApplicationBootstrap {
  private readonly logger = new Logger(EventSubscriptions.name);
  private readonly listeners = new Map<string, Listener>();
  private readonly reconnectListeners: (() => void)[] = [];
  private subscribed = false;
  private times = 0;
  private started = false;
  private waiting: (() => void)[] = [];
  /** Who waits to hear of a fence of ours. */
  private readonly fences = new Map<string, () => void>();
  private unfinished = 0;
  private unfinishedChars = 0;
  private paused = false;

  constructor(private readonly connections: RedisConnections) {
    this.on('fence', (fence) => this.fences.get(fence)?.());
  }

  /** One listener per channel; registered while modules initialize, before anything is subscribed. */
  on(channel: ChannelName, listener: Listener): void {
    if (this.listeners.has(CHANNEL[channel])) throw new Error(`channel ${channel} has its listener already`);
    this.listeners.set(CHANNEL[channel], listener);
  }

  /** Called after every subscription but the first: messages may have been missed. */
  onResubscribed(listener: () => void): void {
    this.reconnectListeners.push(listener);
  }

  isSubscribed(): boolean {
    return this.subscribed;
  }

  async onApplicationBootstrap(): Promise<void> {
    const there = this.start();
    if (this.connections.isUp()) {
      await Promise.race([there, sleep(START_PATIENCE_MS, undefined, { ref: false })]);
    }
  }

  /**
   * Resolves once the channels are subscribed: now, or on the next connection that Redis takes, however long that is.
   * Whoever loads state from Redis awaits this first, so that no change falls between the two.
   */
  async start(): Promise<void> {
    if (!this.started) this.listen();
    if (this.subscribed) return;
    await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  /**
   * Resolves once every message that was published before this call has been handed to its listener: messages come in the
   * order of their publishing. After `atMostMs` in any case, since a connection may have been lost.
   */
  async caughtUp(atMostMs: number): Promise<void> {
    const fence = randomUUID();
    const heard = new Promise<void>((resolve) => this.fences.set(fence, resolve));
    try {
      await this.connections.commands.publish(CHANNEL.fence, fence);
      await Promise.race([heard, sleep(atMostMs, undefined, { ref: false })]);
    } finally {
      this.fences.delete(fence);
    }
  }

  private listen(): void {
    this.started = true;
    const { subscriber } = this.connections;
    subscriber.on('message', (channel: string, message: string) => {
      this.take(channel, message);
    });
    subscriber.on('close', () => {
      this.subscribed = false;
      // The next connection is read from again; whether it floods us will be seen.
      this.paused = false;
    });
    subscriber.on('ready', () => void this.subscribe());
    if (subscriber.status === 'ready') void this.subscribe();
  }

  private async subscribe(): Promise<void> {
    const { subscriber } = this.connections;
    const { stream } = subscriber;
    const isGone = (): boolean => subscriber.stream !== stream || subscriber.status !== 'ready';
    for (let done = false; !done;) {
      try {
        await subscriber.subscribe(...this.listeners.keys());
        done = true;
      } catch (error) {
        if (!isGone()) this.logger.debug({ err: error }, 'the channels could not be subscribed');
        await sleep(RETRY_MS, undefined, { ref: false });
      }
      // The next connection comes here by itself.
      if (isGone()) return;
    }
    this.subscribed = true;
    this.times += 1;
    for (const resolve of this.waiting.splice(0)) resolve();
    if (this.times > 1) for (const listener of this.reconnectListeners) listener();
  }

  /** Anybody may publish: whatever a message does to its listener, the process and the next message go on. */
  private take(channel: string, message: string): void {
    try {
      const work = this.listeners.get(channel)?.(message);
      if (work !== undefined) void this.follow(channel, message.length, work);
    } catch (error) {
      this.warn(channel, error);
    }
  }

  private async follow(channel: string, chars: number, work: Promise<void>): Promise<void> {
    this.count(1, chars);
    try {
      await work;
    } catch (error) {
      this.warn(channel, error);
    } finally {
      this.count(-1, -chars);
    }
  }

  private count(messages: number, chars: number): void {
    this.unfinished += messages;
    this.unfinishedChars += chars;
    const load = Math.max(this.unfinished / MAX_UNFINISHED, this.unfinishedChars / MAX_UNFINISHED_CHARS);
    if (this.paused ? load < 0.5 : load >= 1) {
      this.paused = !this.paused;
      this.connections.readMessages(!this.paused);
    }
  }

  private warn(channel: string, error: unknown): void {
    this.logger.warn({ channel, err: error }, 'a message could not be handled');
  }
}
