/** Results that workers leave on storage which they share with us, instead of posting them. */
import { Injectable } from '@nestjs/common';
import { join } from 'node:path';
import { FileSource } from '../artifacts/byte-source';
import { openRegular, taskDirectories } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import type { TaskId } from '../core/ids';
import type { Task, TaskDocument } from '../core/model';
import { LocalResultFiles } from './local-result-files';
import type { EnvelopeFile } from './open-envelope';
import { RESULT_FILE } from './result-files';
import { fingerprintOf, SharedFiles } from './shared-storage';

/** Whose result is wanted: what is known of its task. */
export type ResultOf = Pick<Task, 'id' | 'resultId' | 'staleFiles'>;

/** Of a task that the store has lost: what lies on disk can be had all the same. */
export const ofUnknown = (id: TaskId): ResultOf => ({ id, resultId: null, staleFiles: [] });

export abstract class LeftResults {
  /** The one that counts, if any. Its source is the caller's to close. */
  abstract find(task: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null>;
  /** Of what lies there now and was not committed. */
  abstract fingerprints(id: TaskId, document: TaskDocument | null): Promise<string[]>;
}

/** With object storage, workers share nothing with us. */
@Injectable()
export class NothingLeft extends LeftResults {
  find(): Promise<null> {
    return Promise.resolve(null);
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
  ) {
    super();
    this.root = config.resultsDir;
  }

  async find({ id, staleFiles }: ResultOf, document: TaskDocument | null): Promise<EnvelopeFile | null> {
    for (const directory of taskDirectories(this.root, id, document)) {
      const opened = await openRegular(this.root, directory, RESULT_FILE);
      if (opened === null) continue;
      const { handle, stats } = opened;
      try {
        const fingerprint = fingerprintOf(this.root, directory, RESULT_FILE, stats);
        if (!staleFiles.includes(fingerprint)) {
          const { form, content } = await this.shared.judge(handle, stats, fingerprint, id);
          if (form !== 'none') return { source: new FileSource(handle, stats), form, content, sha256: null };
        }
      } catch (error) {
        await handle.close();
        throw error;
      }
      await handle.close();
    }
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
