/** What is published while something is done: everything, in order, and nothing is missed or waited for in vain. */
import type { Redis } from 'ioredis';
import type { TestRedis } from '../helpers/redis';

export interface Published {
  channel: string;
  message: string;
}

/** Messages come in the order in which they were published, so its own one says that all before it are here. */
const FENCE = 'test.fence';

export class PublishedMessages {
  private heard: Published[] = [];
  private fences = 0;
  private readonly passed = new Map<string, () => void>();

  private constructor(
    private readonly publisher: Redis,
    subscriber: Redis,
  ) {
    subscriber.on('message', (channel: string, message: string) => {
      if (channel === FENCE) this.passed.get(message)?.();
      else this.heard.push({ channel, message });
    });
  }

  /** @param publisher a connection whose own publishing comes in order with what else it does */
  static async on(
    redis: TestRedis,
    channels: readonly string[],
    publisher = redis.client,
  ): Promise<PublishedMessages> {
    const subscriber = redis.connect();
    const published = new PublishedMessages(publisher, subscriber);
    await subscriber.subscribe(FENCE, ...channels);
    return published;
  }

  /** Everything since the last call. */
  async take(): Promise<Published[]> {
    this.fences += 1;
    const fence = String(this.fences);
    const passed = new Promise<void>((resolve) => this.passed.set(fence, resolve));
    await this.publisher.publish(FENCE, fence);
    await passed;
    this.passed.delete(fence);
    const heard = this.heard;
    this.heard = [];
    return heard;
  }
}
