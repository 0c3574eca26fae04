/** Results that workers leave on storage which they share with us, instead of posting them. */
import { Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { BytesSource, FileSource } from '../artifacts/byte-source';
import { openRegular, taskDirectories } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import type { TaskId } from '../core/ids';
import type { Task, TaskDocument } from '../core/model';
import { LocalResultFiles } from './local-result-files';
import { LeftReader } from './left-reader';
import type { EnvelopeFile } from './open-envelope';
import type { LeftFile } from './read-left';
import { RESULT_FILE } from './result-files';
import { fingerprintOf, SharedFiles } from './shared-storage';

/** Larger ones are read in pieces, so that no thread and no memory is full of one. */
const MOST_READ_BYTES = 256 * 1024;

/** Whose result is wanted: what is known of its task. */
export type ResultOf = Pick<Task, 'id' | 'resultId' | 'staleFiles'>;

/** Of a task that the store has lost: what lies on disk can be had all the same. */
export const ofUnknown = (id: TaskId): ResultOf => ({ id, resultId: null, staleFiles: [] });

export abstract class LeftResults {
  /** The one that counts, if any. Its source is the caller's to close. */
  abstract find(task: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null>;
  /** The same, when its worker has just said that it is there. */
  abstract findFresh(task: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null>;
  /** Of what lies there now and was not committed. */
  abstract fingerprints(id: TaskId, document: TaskDocument | null): Promise<string[]>;
}

/** With object storage, workers share nothing with us. */
@Injectable()
export class NothingLeft extends LeftResults {
  find(): Promise<null> {
    return Promise.resolve(null);
  }

  findFresh(): Promise<null> {
    return this.find();
  }

  fingerprints(): Promise<string[]> {
    return Promise.resolve([]);
  }
}

@Injectable()
export class SharedDirectory extends LeftResults {
  private readonly root: string;
  private readonly shared = new SharedFiles();

  constructor(
    config: AppConfig,
    private readonly files: LocalResultFiles,
    private readonly reader: LeftReader,
  ) {
    super();
    this.root = config.resultsDir;
  }

  find(task: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null> {
    return this.findBy((request) => this.reader.read(request), task, document);
  }

  findFresh(task: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null> {
    return this.findBy((request) => this.reader.readFresh(request), task, document);
  }

  private async findBy(
    read: LeftReader['read'],
    { id, staleFiles }: ResultOf,
    document: TaskDocument | null,
  ): Promise<EnvelopeFile | null> {
    const { root } = this;
    const directories = taskDirectories(root, id, document);
    const there = await read({ root, directories, name: RESULT_FILE, maxBytes: MOST_READ_BYTES });
    for (const [i, directory] of directories.entries()) {
      const file = there[i] ?? null;
      if (file === null) continue;
      const fingerprint = fingerprintOf(root, directory, RESULT_FILE, file);
      if (staleFiles.includes(fingerprint)) continue;
      const { bytes } = file;
      const found = bytes === null ? await this.open(id, directory) : this.take(id, fingerprint, file, bytes);
      if (found !== null) return found;
    }
    return null;
  }

  /** A file that was read. */
  private take(id: TaskId, fingerprint: string, file: LeftFile, { buffer }: Uint8Array): EnvelopeFile | null {
    const bytes = Buffer.from(buffer);
    const form = this.shared.judge(bytes, file, fingerprint, id);
    return form === 'none' ? null : { source: new BytesSource(bytes, file), form, sha256: null };
  }

  /** A large one. */
  private async open(id: TaskId, directory: string): Promise<EnvelopeFile | null> {
    const opened = await openRegular(this.root, directory, RESULT_FILE);
    if (opened === null) return null;
    const { handle, stats } = opened;
    try {
      const fingerprint = fingerprintOf(this.root, directory, RESULT_FILE, stats);
      const form = await this.shared.scan(handle, stats, fingerprint, id);
      if (form !== 'none') return { source: new FileSource(handle, stats), form, sha256: null };
    } catch (error) {
      await handle.close();
      throw error;
    }
    await handle.close();
    return null;
  }

  async fingerprints(id: TaskId, document: TaskDocument | null): Promise<string[]> {
    const fingerprints: string[] = [];
    for (const directory of taskDirectories(this.root, id, document)) {
      const opened = await openRegular(this.root, directory, RESULT_FILE);
      if (opened === null) continue;
      await opened.handle.close();
      if (this.isOwn(id, directory) && (await this.files.recordOf(id, opened.stats)) !== null) continue;
      fingerprints.push(fingerprintOf(this.root, directory, RESULT_FILE, opened.stats));
    }
    return fingerprints;
  }

  private isOwn(id: TaskId, directory: string): boolean {
    return directory === join(this.root, id);
  }
}
