/** Files of tasks in object storage: each object says in its metadata what it is, and is whole or not there. */
import { Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { AppConfig } from '../config/app-config';
import { fileNameIssue } from '../core/files/file-names';
import { ProblemError } from '../core/errors';
import { type AttemptId, type TaskId, trustedAttemptId } from '../core/ids';
import type { DeletionCause, TaskDocument } from '../core/model';
import { TaskStore } from '../tasks/task.store';
import { ArtifactStore } from './artifact.store';
import { Bucket } from './bucket';
import { filesOf, manifestKey, META, NO_ATTEMPT, placeOf, resultKey } from './object-keys';
import type { ReceivedFile } from './receive-stream';
import { NOTHING_SENT, placeAtOnce, placeInParts, SMALL_BYTES } from './s3-placing';
import { sendFile } from './send-file';
import {
  byName,
  type LeftOut,
  type OpenFile,
  type Placing,
  type Shelf,
  type StoredFile,
} from './stored-file';

const HEADS_AT_ONCE = 16;

@Injectable()
export class S3ArtifactStore extends ArtifactStore {
  readonly changesUnseen = false;
  constructor(
    private readonly config: AppConfig,
    private readonly bucket: Bucket,
    private readonly tasks: TaskStore,
  ) {
    super();
  }

  async find(id: TaskId, name: string): Promise<StoredFile | null> {
    return await this.firstIn(await this.places(id), name);
  }

  async list(id: TaskId): Promise<StoredFile[]> {
    return (await this.survey(id)).files;
  }

  async survey(id: TaskId): Promise<{ files: StoredFile[]; leftOut: LeftOut[] }> {
    const files = new Map<string, StoredFile>();
    for (const place of await this.places(id)) {
      const names = (await this.bucket.names(place)).filter((name) => !files.has(name));
      for (let from = 0; from < names.length; from += HEADS_AT_ONCE) {
        const some = names.slice(from, from + HEADS_AT_ONCE);
        for (const file of await Promise.all(some.map((name) => this.look(place, name))))
          if (file !== null) files.set(file.name, file);
      }
    }
    return { files: [...files.values()].sort(byName), leftOut: [] };
  }

  async findOn({ id, attempt, isDone }: Shelf, name: string): Promise<StoredFile | null> {
    return await this.firstIn(isDone ? await this.places(id) : [filesOf(id, attempt)], name);
  }

  async begin(received: ReceivedFile, shelf: () => Promise<Shelf | null>): Promise<Placing> {
    if (received.size <= SMALL_BYTES) return placeAtOnce(this.bucket, received);
    const ahead = await shelf();
    return ahead === null ? NOTHING_SENT : await placeInParts(this.bucket, received, ahead);
  }

  async removeAll(id: TaskId, _document: TaskDocument | null, _cause: DeletionCause): Promise<void> {
    await this.bucket.removeBelow(placeOf(id));
  }

  /** Removing is all there is. */
  async reclaim(): Promise<void> {
    await Promise.resolve();
  }

  async sizeOf(id: TaskId): Promise<number> {
    return (await this.bucket.list(placeOf(id))).reduce((sum, { size }) => sum + size, 0);
  }

  async readManifest(id: TaskId): Promise<string | null> {
    return (await this.bucket.readAll(manifestKey(id)))?.toString('utf8') ?? null;
  }

  async saveManifest(id: TaskId, text: string): Promise<void> {
    const as = { contentType: 'application/json', metadata: {}, onlyNew: false };
    await this.bucket.put(manifestKey(id), Buffer.from(text), as);
  }

  async open(file: StoredFile): Promise<OpenFile | null> {
    const bytes = await this.read(file, 0, file.size);
    if (bytes === null) return null;
    const close = (): Promise<void> => {
      bytes.destroy();
      return Promise.resolve();
    };
    return { stream: () => bytes, close };
  }

  async send(request: Request, response: Response, file: StoredFile): Promise<void> {
    await sendFile(request, response, file, {
      redirect: this.config.artifactRedirect
        ? (contentType, disposition) =>
            this.bucket.presign(file.directory + file.name, {
              contentType,
              disposition,
              ttlSec: this.config.artifactRedirectTtlSec,
            })
        : null,
      send: async ({ start, end }) => {
        const bytes = await this.read(file, start, end);
        // Replaced since it was looked up.
        if (bytes === null) throw new ProblemError('not-found', 'There is no such file.');
        await pipeline(bytes, response);
      },
    });
  }

  private async read(
    { directory, name, size, etag }: StoredFile,
    start: number,
    end: number,
  ): Promise<Readable | null> {
    return size === 0 ? new PassThrough().end() : await this.bucket.read(directory + name, start, end, etag);
  }

  private async firstIn(places: readonly string[], name: string): Promise<StoredFile | null> {
    if (fileNameIssue(name) !== null) return null;
    for (const place of places) {
      const file = await this.look(place, name);
      if (file !== null) return file;
    }
    return null;
  }

  /** null also for what others have put there, of which nothing is known. */
  private async look(directory: string, name: string): Promise<StoredFile | null> {
    const head = await this.bucket.head(directory + name);
    const {
      [META.sha256]: sha256,
      [META.uploadedAt]: time,
      [META.attemptId]: attempt,
    } = head?.metadata ?? {};
    if (head === null || sha256 === undefined || time === undefined || attempt === undefined) return null;
    const { size, modified, etag } = head;
    const attemptId = attempt === NO_ATTEMPT ? null : attempt;
    return {
      name,
      size,
      sha256,
      time,
      directory,
      mtimeMs: modified.getTime(),
      uploaded: true,
      attemptId,
      etag,
    };
  }

  /** What the attempt that counts has uploaded is seen first: the one that won, or the current one. */
  private async places(id: TaskId): Promise<string[]> {
    const task = await this.tasks.readIfThere(id);
    const attempt =
      (task === null || task.status === 'DONE' ? await this.winner(id) : null) ?? task?.attemptId ?? null;
    return [...(attempt === null ? [] : [filesOf(id, attempt)]), filesOf(id, null)];
  }

  /** By its result: it says so also where the task store has lost that, or is away. */
  private async winner(id: TaskId): Promise<AttemptId | null> {
    const attempt = (await this.bucket.head(resultKey(id)))?.metadata[META.attemptId];
    return attempt === undefined || attempt === NO_ATTEMPT ? null : trustedAttemptId(attempt);
  }
}
