/** Sends tasks back to the queue when their backoff is over. */
import { Injectable } from '@nestjs/common';
import type { TaskId } from '../core/ids';
import { KEY } from '../redis/keys';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import { TaskLifecycle } from '../tasks/task-lifecycle';
import { DueWatch } from './due-watch';

@Injectable()
export class RetryTimer extends DueWatch {
  constructor(
    connections: RedisConnections,
    clock: RedisClock,
    private readonly lifecycle: TaskLifecycle,
  ) {
    super(connections, clock, KEY.retries);
  }

  protected async act(due: TaskId[]): Promise<void> {
    await Promise.all(due.map((id) => this.lifecycle.apply(id, { kind: 'due' })));
  }
}
