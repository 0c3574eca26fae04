/**
 * Tells all replicas of the files that are about to come to their place. One that was whole before its task was DONE has
 * its place then, though it may come there a moment later; who brings a file after that end waits for it.
 */
import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import type { AttemptId, TaskId } from '../core/ids';
import { KEY } from '../redis/keys';
import { RedisConnections } from '../redis/redis-connections';
import type { ScriptAnswers } from '../redis/script-contracts';
import { Scripts } from '../redis/scripts';

/** So long others wait for a file of which nothing is heard any more. */
const LEASE_MS = 30_000;
const RENEW_MS = 10_000;

/** `applied`: the task is open, and the file is told of. The others: see the script. */
export type Arrival = ScriptAnswers['note-upload'][0];

@Injectable()
export class ArrivingUploads {
  constructor(
    private readonly scripts: Scripts,
    private readonly connections: RedisConnections,
  ) {}

  /** Tells of the file until `place` has ended. Throws when the task store is away, and what `place` throws. */
  async during<T>(
    id: TaskId,
    attempt: AttemptId | null,
    place: (arrival: Arrival) => Promise<T>,
  ): Promise<T> {
    const note = {
      task_id: id,
      attempt_id: attempt ?? '',
      upload_id: randomUUID(),
      lease_us: String(LEASE_MS * 1_000),
    };
    const [arrival] = await this.scripts.run('note-upload', note);
    if (arrival !== 'applied') return await place(arrival);
    const renewal = setInterval(() => {
      // Where that fails, so does what is to be asked about the task next.
      this.scripts.run('note-upload', note).catch(() => undefined);
    }, RENEW_MS);
    try {
      return await place(arrival);
    } finally {
      clearInterval(renewal);
      // Else it ends by itself.
      await this.connections.commands.zrem(KEY.arriving + id, note.upload_id).catch(() => undefined);
    }
  }
}
