/**
 * Results in object storage. A staged one has the name that it has on a volume; when its task has taken it, it is copied to
 * its final place within the storage, and the metadata there is its record.
 */
import { Injectable } from '@nestjs/common';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { Bucket } from '../artifacts/bucket';
import { BucketSource } from '../artifacts/bucket-source';
import {
  ATTEMPTS,
  FILES,
  META,
  NO_ATTEMPT,
  placeOf,
  resultKey,
  STAGED,
  TASKS,
} from '../artifacts/object-keys';
import { type SentFile, SpoolFile } from '../artifacts/spool-file';
import { crashPoint } from '../core/crash-point';
import { type AttemptId, isTaskId, type TaskId, trustedAttemptId } from '../core/ids';
import { type Grave, graveName, parseGraveName } from './grave';
import type { EnvelopeFile } from './open-envelope';
import { type Ground, RESULT_FILE, ResultFiles } from './result-files';
import type { ResultRecord } from './result-record';
import { parseStaged, type StagedResult, stagedName, taskOf } from './staged-results';

/** By then every post has ended. The storage takes no request of a clock that is off by more than a quarter of this. */
const LEFT_BEHIND_MS = 3_600_000;
const JSON_TYPE = 'application/json';

const stagedKey = (id: TaskId, staged: StagedResult): string => STAGED + stagedName(id, staged);

@Injectable()
export class S3ResultFiles extends ResultFiles {
  constructor(private readonly bucket: Bucket) {
    super();
  }

  /** Objects need no place that would have to be made. */
  prepare(id: TaskId): Promise<Ground> {
    return this.survey(id);
  }

  async survey(id: TaskId): Promise<Ground> {
    const names = await this.bucket.names(placeOf(id));
    return {
      record: names.includes(RESULT_FILE) ? await this.committed(id) : null,
      grave: names.flatMap((name) => parseGraveName(name) ?? [])[0] ?? null,
      hasFiles: names.some((name) => name === ATTEMPTS || name === FILES),
      isBlocked: false,
      isNew: names.length === 0,
    };
  }

  async stageAhead(
    id: TaskId,
    file: SpoolFile,
    asked: () => Promise<StagedResult | null>,
  ): Promise<StagedResult | null> {
    const staged = await asked();
    if (staged === null) return null;
    // Where it is already, its name may say another attempt.
    const there = file.isSent ? await this.stagedAs(id, staged.resultId) : null;
    if (there === null) await this.stage(id, file, staged);
    return there ?? staged;
  }

  async stage(id: TaskId, file: SpoolFile, staged: StagedResult): Promise<void> {
    const key = stagedKey(id, staged);
    await file.sendTo(async (body) => {
      await this.bucket.put(key, body, { contentType: JSON_TYPE, metadata: {}, onlyNew: false });
    }, this.sentTo(key));
  }

  async staged(id: TaskId): Promise<StagedResult[]> {
    const found = await this.bucket.list(`${STAGED}${id}~`);
    return found.flatMap(({ key }) => parseStaged(key.slice(STAGED.length)));
  }

  /** An object is whole or not there. */
  isWhole(): Promise<boolean> {
    return Promise.resolve(true);
  }

  asReceived(id: TaskId, staged: StagedResult): SpoolFile {
    return SpoolFile.sent(this.sentTo(stagedKey(id, staged)));
  }

  openStaged(id: TaskId, staged: StagedResult): Promise<EnvelopeFile | null> {
    return this.open([stagedKey(id, staged), resultKey(id)], staged.sha256);
  }

  async committed(id: TaskId): Promise<ResultRecord | null> {
    return recordIn((await this.bucket.head(resultKey(id)))?.metadata ?? {});
  }

  openCommitted(id: TaskId): Promise<EnvelopeFile | null> {
    return this.open([resultKey(id)], null);
  }

  async promote(id: TaskId, staged: StagedResult, winner: AttemptId | null): Promise<boolean> {
    const { resultId, sha256, sizeBytes } = staged;
    const metadata = {
      [META.resultId]: resultId,
      [META.sha256]: sha256,
      [META.sizeBytes]: String(sizeBytes),
      [META.attemptId]: winner ?? NO_ATTEMPT,
    };
    const copy = (onlyNew: boolean): Promise<'copied' | 'there' | 'gone'> =>
      this.bucket.copy(stagedKey(id, staged), sizeBytes, resultKey(id), {
        contentType: JSON_TYPE,
        metadata,
        onlyNew,
      });
    const outcome = await copy(true);
    crashPoint('result.promoted');
    if (outcome === 'copied') return true;
    const isInPlace = (await this.committed(id))?.resultId === resultId;
    // Redis names the one that counts; another one is of a task that Redis has forgotten.
    return isInPlace || (outcome === 'there' && (await copy(false)) === 'copied');
  }

  async tidy(id: TaskId): Promise<void> {
    const left = await this.bucket.list(`${STAGED}${id}~`);
    if (left.length > 0) await this.bucket.remove(left.map(({ key }) => key));
  }

  async leftStaged(): Promise<TaskId[]> {
    const before = Date.now() - LEFT_BEHIND_MS;
    const old = (await this.bucket.list(STAGED)).filter(({ modified }) => modified.getTime() < before);
    return [...new Set(old.map(({ key }) => taskOf(key.slice(STAGED.length))))].filter(isTaskId);
  }

  async bury(id: TaskId, grave: Grave): Promise<void> {
    const as = { contentType: JSON_TYPE, metadata: {}, onlyNew: false };
    await this.bucket.put(placeOf(id) + graveName(grave), Buffer.alloc(0), as);
  }

  async unbury(id: TaskId, grave: Grave): Promise<void> {
    await this.bucket.remove([placeOf(id) + graveName(grave)]);
  }

  async *tasks(): AsyncGenerator<TaskId> {
    for (const name of await this.bucket.names(TASKS)) {
      const id = name.replace(/\/$/, '');
      if (isTaskId(id)) yield id;
    }
  }

  /** Nobody else keeps anything there. */
  hasTask(): Promise<boolean> {
    return Promise.resolve(true);
  }

  private sentTo(key: string): SentFile {
    return {
      bring: async (path) => {
        const bytes = await this.bucket.readWhole(key);
        if (bytes === null) throw Object.assign(new Error('it is staged no more'), { code: 'ENOENT' });
        await pipeline(bytes, createWriteStream(path));
      },
      remove: () => this.bucket.remove([key]),
    };
  }

  /** @param keys where it is, and where it may be moved to; @param sha256 null: as its metadata says */
  private async open(
    keys: readonly [string, ...string[]],
    sha256: string | null,
  ): Promise<EnvelopeFile | null> {
    const head = await this.bucket.head(keys[0]);
    if (head === null) return null;
    const digest = sha256 ?? recordIn(head.metadata)?.sha256 ?? null;
    if (digest === null) return null;
    const source = new BucketSource(this.bucket, keys, head, digest);
    return { source, form: 'envelope', sha256: digest };
  }
}

/** null: it is none that was put there as a result. */
function recordIn(metadata: Readonly<Record<string, string>>): ResultRecord | null {
  const { [META.resultId]: resultId, [META.sha256]: sha256, [META.sizeBytes]: size } = metadata;
  const attempt = metadata[META.attemptId];
  if (resultId === undefined || sha256 === undefined || size === undefined || attempt === undefined)
    return null;
  const attemptId = attempt === NO_ATTEMPT ? null : trustedAttemptId(attempt);
  return { resultId, sha256, sizeBytes: Number(size), attemptId };
}
