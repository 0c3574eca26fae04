/** Sends tasks back to the queue when their backoff is over. */
import { Injectable } from '@nestjs/common';
import { trustedTaskId } from '../core/ids';
import { KEY } from '../redis/keys';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { DueTimer } from './due-timer';

@Injectable()
export class RetryTimer {
  private readonly timer: DueTimer;

  constructor(
    connections: RedisConnections,
    clock: RedisClock,
    private readonly lifecycle: TaskLifecycle,
  ) {
    this.timer = new DueTimer(connections, clock, KEY.retries, (ids) => this.due(ids));
  }

  start(): void {
    this.timer.start();
  }

  /** The set says when the first one is due. */
  look(): void {
    this.timer.poke();
  }

  stop(): Promise<void> {
    return this.timer.stop();
  }

  private async due(ids: string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.lifecycle.apply(trustedTaskId(id), { kind: 'due' })));
  }
}
