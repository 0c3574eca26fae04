/** What was kept and then did not belong to its task, in `.spool/rejected/`, for people to look at: the newest of it. */
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../http/errno';
import type { Spool } from './spool';
import type { SpoolFile } from './spool-file';
import { ensureDirectory, orNull } from './task-directory';

const MAX_ENTRIES = 100;

export class Rejected {
  private readonly directory: string;

  constructor(
    private readonly spool: Spool,
    private readonly maxBytes: number,
  ) {
    this.directory = join(spool.directory, 'rejected');
  }

  async add(id: string, file: SpoolFile, about: object): Promise<void> {
    await ensureDirectory(this.directory);
    try {
      await file.moveTo(join(this.directory, `${id}.data`));
    } catch (error) {
      // Another replica has put it aside.
      if (errnoOf(error) !== 'ENOENT') throw error;
      return;
    }
    file.release();
    await this.spool.note(join(this.directory, `${id}.json`), JSON.stringify(about));
    await this.prune();
  }

  private async prune(): Promise<void> {
    const names = (await orNull(readdir(this.directory))) ?? [];
    const entries: { id: string; time: number; size: number }[] = [];
    for (const name of names.filter((each) => each.endsWith('.data'))) {
      const stats = await orNull(stat(join(this.directory, name)));
      if (stats !== null)
        entries.push({ id: name.slice(0, -'.data'.length), time: stats.ctimeMs, size: stats.size });
    }
    entries.sort((a, b) => b.time - a.time);
    let bytes = 0;
    for (const [index, { id, size }] of entries.entries()) {
      bytes += size;
      if (index < MAX_ENTRIES && bytes <= this.maxBytes) continue;
      for (const end of ['.data', '.json']) await rm(join(this.directory, `${id}${end}`), { force: true });
    }
  }
}
