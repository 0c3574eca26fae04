/** Messages of the channels that we listen to, handed to whoever subscribed in process. */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CHANNEL } from './keys';
import { RedisConnections } from './redis-connections';

export type ChannelName = keyof typeof CHANNEL;
type Listener = (message: string) => void;

@Injectable()
export class EventSubscriptions implements OnApplicationBootstrap {
  private readonly logger = new Logger(EventSubscriptions.name);
  private readonly listeners = new Map<string, Listener>();
  private readonly reconnectListeners: (() => void)[] = [];
  private subscribed = false;
  private starting: Promise<void> | null = null;

  constructor(private readonly connections: RedisConnections) {}

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

  onApplicationBootstrap(): Promise<void> {
    return this.start();
  }

  /** Subscribes, once. Whoever loads state from Redis awaits this first, so that no change falls between the two. */
  start(): Promise<void> {
    this.starting ??= this.listen();
    return this.starting;
  }

  private async listen(): Promise<void> {
    const { subscriber } = this.connections;
    subscriber.on('message', (channel: string, message: string) => {
      this.hand(channel, message);
    });
    subscriber.on('close', () => {
      this.subscribed = false;
    });
    subscriber.on('ready', () => void this.resubscribe());
    await this.subscribe();
  }

  /** Anybody may publish: whatever a message does to its listener, the process and the next message go on. */
  private hand(channel: string, message: string): void {
    try {
      this.listeners.get(channel)?.(message);
    } catch (error) {
      this.logger.warn({ channel, err: error }, 'a message could not be handled');
    }
  }

  private async resubscribe(): Promise<void> {
    try {
      await this.subscribe();
      for (const listener of this.reconnectListeners) listener();
    } catch {
      // The connection went again; its next `ready` comes back here.
    }
  }

  private async subscribe(): Promise<void> {
    await this.connections.subscriber.subscribe(...this.listeners.keys());
    this.subscribed = true;
  }
}
