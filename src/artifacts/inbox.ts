/**
 * Results and files that came while the task store was away, in `.spool/inbox/`: `<id>.data` and, renamed last,
 * `<id>.json`. They are judged when it answers again, by whichever replica looks first.
 */
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AppConfig } from '../config/app-config';
import { crashPoint } from '../core/crash-point';
import { isStoreUnavailable, StorageUnavailable } from '../core/errors';
import { Metrics } from '../metrics/metrics';
import { RedisConnections } from '../redis/redis-connections';
import { InboxRoom, type BodyRoom } from './inbox-room';
import { BYTES, idOf, type Kept, parseKept, RECORD, withoutRecord } from './kept';
import { Rejected } from './rejected';
import { Spool } from './spool';
import { SpoolFile } from './spool-file';
import { ensureDirectory, orNull } from './task-directory';

@Injectable()
export class Inbox implements OnApplicationBootstrap {
  private readonly logger = new Logger(Inbox.name);
  private readonly directory: string;
  private readonly space: InboxRoom;
  private readonly rejected: Rejected;
  private listener: () => void = () => undefined;

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
    private readonly connections: RedisConnections,
    private readonly metrics: Metrics,
  ) {
    this.directory = join(spool.directory, 'inbox');
    this.space = new InboxRoom(this.directory, config.spoolMaxBytes);
    this.rejected = new Rejected(spool, config.spoolMaxBytes);
  }

  async onApplicationBootstrap(): Promise<void> {
    await this.sweep(await this.names());
  }

  /** Is called each time something was kept. */
  onKept(listener: () => void): void {
    this.listener = listener;
  }

  /** Room for a body that may have to be kept; 503 at once when there is none. Leave it when the body has ended. */
  async roomFor(announced: string | undefined): Promise<BodyRoom> {
    return this.space.enter(() => !this.connections.isUp(), Number(announced ?? 0));
  }

  /** Does `work`, or `keep` when the task store is away: at once when that is known, else when it turns out. */
  async whileAway<T>(work: () => Promise<T>, keep: () => Promise<T>): Promise<T> {
    if (this.connections.isUp()) {
      try {
        return await work();
      } catch (error) {
        if (!isStoreUnavailable(error) && !(error instanceof StorageUnavailable)) throw error;
      }
    }
    return await keep();
  }

  /**
   * Keeps a file, or, when that has its place already, only what is to be remembered of it. 503 when it does not fit;
   * when this throws, the file is still the caller's to discard.
   */
  async keep(kept: Kept, file: SpoolFile): Promise<void> {
    if (file.isMine) await this.space.require(kept.sizeBytes);
    await ensureDirectory(this.directory);
    const id = `${kept.kind}-${kept.kind === 'result' ? kept.resultId : randomUUID()}`;
    if (file.isMine) {
      await file.moveTo(join(this.directory, `${id}${BYTES}`));
      await file.seal();
    }
    crashPoint('inbox.data_written');
    await this.spool.put(join(this.directory, `${id}${RECORD}`), JSON.stringify(kept));
    crashPoint('inbox.kept');
    file.release();
    this.space.add(kept.sizeBytes);
    this.metrics.spoolEntries.inc();
    this.listener();
  }

  /** Ids of what is kept: files first, then results, each in the order in which they came, by the volume's clock. */
  async entries(): Promise<string[]> {
    const names = await this.names();
    await this.sweep(names);
    const ids = names.filter((name) => name.endsWith(RECORD)).map(idOf);
    this.metrics.spoolEntries.set(ids.length);
    const found: { id: string; isResult: boolean; time: number }[] = [];
    for (const id of ids) {
      const stats = await orNull(stat(join(this.directory, `${id}${RECORD}`)));
      if (stats !== null) found.push({ id, isResult: id.startsWith('result-'), time: stats.mtimeMs });
    }
    found.sort((a, b) => Number(a.isResult) - Number(b.isResult) || a.time - b.time);
    return found.map(({ id }) => id);
  }

  /** `gone`: another replica was faster. What cannot be read is no entry, and is put aside. */
  async read(id: string): Promise<Kept | 'gone'> {
    const text = await orNull(readFile(join(this.directory, `${id}${RECORD}`), 'utf8'));
    if (text === null) return 'gone';
    const kept = parseKept(text);
    if (kept !== null) return kept;
    this.logger.warn({ entry: id }, 'an entry of the inbox is not readable');
    await this.rejected.add(id, this.dataOf(id), { why: 'not readable' });
    await this.done(id);
    return 'gone';
  }

  /** Its bytes; null when they have left the inbox. */
  async data(id: string): Promise<SpoolFile | null> {
    const file = this.dataOf(id);
    return (await orNull(file.stats())) === null ? null : file;
  }

  /** It has been judged. */
  async done(id: string): Promise<void> {
    await rm(join(this.directory, `${id}${BYTES}`), { force: true });
    await rm(join(this.directory, `${id}${RECORD}`), { force: true });
  }

  /** It does not belong to its task: put aside, for people to look at. */
  async reject(id: string, kept: Kept, file: SpoolFile, why: string): Promise<void> {
    const { kind, taskId, attemptId, sizeBytes } = kept;
    this.metrics.keptRejected(kind);
    this.logger.warn(
      { entry: id, task_id: taskId, attempt_id: attemptId, size_bytes: sizeBytes },
      `a ${kind} that was kept while Redis was away is refused: ${why}`,
    );
    await this.rejected.add(id, file, { ...kept, why });
    await this.done(id);
  }

  /** Of these names, what a crash left between bytes and record. */
  private async sweep(names: readonly string[]): Promise<void> {
    await this.spool.removeLeftBehind(withoutRecord(names).map((name) => join(this.directory, name)));
  }

  private dataOf(id: string): SpoolFile {
    return new SpoolFile(join(this.directory, `${id}${BYTES}`));
  }

  private async names(): Promise<string[]> {
    return (await orNull(readdir(this.directory))) ?? [];
  }
}
