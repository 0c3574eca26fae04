/** Which files that workers leave on shared storage are whole: nobody says so, and their writers are not atomic. */
import { Injectable } from '@nestjs/common';
import type { Stats } from 'node:fs';
import { AppConfig } from '../config/app-config';
import type { Task } from '../core/model';
import { RedisClock } from '../redis/redis-clock';
import { VolumeClock } from './volume-clock';

/** Names under which programs write files that are not finished. `.lock` is none: `poetry.lock` and the like are whole. */
const UNFINISHED_NAME = /(?:\.(?:tmp|temp|part|partial|incomplete|crdownload|swp)|~)$/i;
/** Does the file, or a directory that it is in, have such a name? */
export const isTemporary = (path: string): boolean =>
  path.split('/').some((name) => UNFINISHED_NAME.test(name));

/** How long a file that was written after the end of its task must have rested. */
const REST_AFTER_END_MS = 2_000;

@Injectable()
export class Unfinished {
  constructor(
    private readonly config: AppConfig,
    private readonly volume: VolumeClock,
    private readonly redis: RedisClock,
  ) {}

  /**
   * Is it taken for one that is still being written? One that has not changed for SHARED_QUIET_SEC is not, nor one that
   * was written last before its task was done, since a worker says that last.
   * @param readTask null: there is none that is known
   */
  async judge(name: string, { mtimeMs }: Stats, readTask: () => Promise<Task | null>): Promise<boolean> {
    if (isTemporary(name)) return true;
    if (await this.hasRested(mtimeMs, this.config.sharedQuietSec * 1000)) return false;
    const task = await readTask();
    if (task?.status !== 'DONE' || task.finishedAtUs === null) return true;
    // Ages and not times are compared, each by the clock that stamped it.
    const sinceEndMs = Math.max(0, (this.redis.guessUs() - task.finishedAtUs) / 1000);
    return !(await this.hasRested(mtimeMs, Math.min(sinceEndMs, REST_AFTER_END_MS)));
  }

  private async hasRested(mtimeMs: number, forMs: number): Promise<boolean> {
    return (await this.volume.nowMs()) - mtimeMs >= forMs;
  }
}
