/** Coming, going and silence of workers: each a script, so that every replica may observe and none counts twice. */
import { Injectable } from '@nestjs/common';
import { AppConfig } from '../config/app-config';
import { trustedAttemptId, trustedTaskId, type AttemptId, type TaskId, type WorkerId } from '../core/ids';
import { microsText } from '../core/lifecycle/time';
import { KEY } from '../redis/keys';
import { RedisClock } from '../redis/redis-clock';
import { RedisConnections } from '../redis/redis-connections';
import type { ScriptAnswers } from '../redis/script-contracts';
import { Scripts } from '../redis/scripts';
import type { WorkerReport } from '../core/wire/worker-hash';
import { Grace } from './grace';
import type { WorkerView } from './worker-view';

/** What we know of a worker that is gone is kept so long, should it come back. */
const KEEP_REMOVED_SEC = 24 * 3600;

/** An attempt whose worker's process is gone. */
export interface Orphan {
  taskId: TaskId;
  attemptId: AttemptId;
  workerId: WorkerId;
}

@Injectable()
export class WorkerPresence {
  private readonly ttlUs: string;

  constructor(
    private readonly scripts: Scripts,
    private readonly connections: RedisConnections,
    private readonly clock: RedisClock,
    private readonly grace: Grace,
    config: AppConfig,
  ) {
    this.ttlUs = microsText(config.heartbeatTtlSec);
  }

  /**
   * It is the process that registered, and its heartbeat is the one that was heard last, not long ago: `registered` and
   * `observe` would find nothing new, as with nearly everybody at nearly every look.
   * @param view as it was read just now
   */
  isAsNoted({ report, startedAtText, heartbeat, lease }: WorkerView): boolean {
    const isSameProcess = startedAtText === lease.startedAtText && pidTextOf(report) === lease.pidText;
    if (!isSameProcess || lease.orphaned !== null || lease.stale) return false;
    if (heartbeat === null || heartbeat !== lease.heartbeat || lease.heardAtUs === null) return false;
    const nowUs = this.clock.guessUs();
    // By the clock of another Redis, it may be in the future.
    const wasHeardAgoUs = nowUs - lease.heardAtUs;
    return wasHeardAgoUs >= 0 && wasHeardAgoUs < Number(this.ttlUs) && (lease.registeredAtUs ?? 0) <= nowUs;
  }

  /**
   * A worker registered, or is seen for the first time.
   * @param announced it said so just now, which counts as a heartbeat
   * @returns the attempt that an earlier process of the same id held, if there was one
   */
  async registered(view: WorkerView, announced: boolean): Promise<Orphan | null> {
    // A hash that was deleted comes back with `last_seen` alone: that says nothing of another process.
    if (view.report.startedAt === null) return null;
    const answer = await this.scripts.run('register-worker', {
      worker_id: view.id,
      started_at: view.startedAtText,
      pid: pidTextOf(view.report),
      announced: announced ? '1' : '0',
    });
    if (answer[0] !== 'replaced') return null;
    return { taskId: trustedTaskId(answer[1]), attemptId: trustedAttemptId(answer[2]), workerId: view.id };
  }

  observe(id: WorkerId): Promise<ScriptAnswers['observe-worker']> {
    return this.scripts.run('observe-worker', {
      worker_id: id,
      heartbeat_ttl_us: this.ttlUs,
      excused: this.grace.isOver() ? '0' : '1',
    });
  }

  /** Takes it off the list if it is past its heartbeat TTL. */
  async remove(id: WorkerId): Promise<boolean> {
    const [answer] = await this.scripts.run('remove-worker', {
      worker_id: id,
      heartbeat_ttl_us: this.ttlUs,
      keep_sec: String(KEEP_REMOVED_SEC),
    });
    return answer === 'removed';
  }

  /** It said goodbye: what we know of it goes after a while. */
  async unregistered(id: WorkerId): Promise<void> {
    await this.connections.commands.expire(KEY.lease + id, KEEP_REMOVED_SEC);
  }

  /** Redis may have forgotten these workers: their hashes, as they were read last, are kept for whoever hears them again. */
  async remember(hashes: Iterable<readonly [WorkerId, WorkerView['hash']]>): Promise<void> {
    const known = [...hashes].filter(([, hash]) => Object.keys(hash).length > 0);
    await Promise.all(
      known.map(([id, hash]) =>
        this.scripts.run('remember-worker', {
          worker_id: id,
          hash_json: JSON.stringify(Object.entries(hash).flat()),
          keep_sec: String(KEEP_REMOVED_SEC),
        }),
      ),
    );
  }

  /** A worker whose hash was kept is heard again. */
  async restore(id: WorkerId): Promise<boolean> {
    const [answer] = await this.scripts.run('restore-worker', { worker_id: id });
    return answer === 'restored';
  }
}

const pidTextOf = ({ pid }: WorkerReport): string => String(pid ?? '');
