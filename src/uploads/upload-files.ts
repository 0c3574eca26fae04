/**
 * Resumable uploads on the results volume, in `.spool/uploads/`: `<id>.data`, what has come; and, written last,
 * `<id>.json`, what it will be. All replicas share them. An upload is as long as its data.
 */
import { Injectable } from '@nestjs/common';
import { type FileHandle, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestFile } from '../artifacts/digest';
import { Spool } from '../artifacts/spool';
import { SpoolFile } from '../artifacts/spool-file';
import { ensureDirectory, orNull } from '../artifacts/task-directory';
import { AppConfig } from '../config/app-config';
import { ProblemError } from '../core/errors';
import { parseUploadRecord, type UploadRecord } from './upload-record';

const DATA = '.data';
const RECORD = '.json';
const HOUR_MS = 3_600_000;
/** For whoever did not hear the answer to the last byte. */
const FINISHED_KEPT_MS = HOUR_MS;

export interface FoundUpload {
  record: UploadRecord;
  /** How many bytes have come; null: they have left for their place, or are lost. */
  bytes: number | null;
  /** When something of it was last written, in milliseconds since 1970 by the clock of the volume. */
  lastWriteMs: number;
}

@Injectable()
export class UploadFiles {
  readonly directory: string;
  readonly expiryMs: number;
  private readonly maxMs: number;
  private readonly maxOpen: number;

  constructor(
    config: AppConfig,
    private readonly spool: Spool,
  ) {
    this.directory = join(spool.directory, 'uploads');
    this.expiryMs = config.uploadExpiryHours * HOUR_MS;
    this.maxMs = config.uploadMaxHours * HOUR_MS;
    this.maxOpen = config.maxOpenUploads;
  }

  /** Makes the directory, in which an upload is locked before it is there. */
  async ensure(): Promise<void> {
    await ensureDirectory(this.directory);
  }

  /** 429 when too many are open. */
  async create(record: UploadRecord): Promise<void> {
    if ((await this.openIds()).length >= this.maxOpen) throw tooMany(this.maxOpen);
    await this.createEmpty(record.id);
    try {
      await this.save(record);
    } catch (error) {
      await this.remove(record.id);
      throw error;
    }
  }

  /** null: there is none. */
  async find(id: string): Promise<FoundUpload | null> {
    const text = await orNull(readFile(this.path(id, RECORD), 'utf8'));
    const record = text === null ? null : parseUploadRecord(text);
    if (record === null) return null;
    const [about, data] = await Promise.all([
      orNull(stat(this.path(id, RECORD))),
      orNull(stat(this.path(id, DATA))),
    ]);
    const lastWriteMs = Math.max(about?.mtimeMs ?? 0, data?.mtimeMs ?? 0);
    return { record, bytes: data?.size ?? null, lastWriteMs };
  }

  /** On disk when this returns. */
  async save(record: UploadRecord): Promise<void> {
    await this.spool.put(this.path(record.id, RECORD), JSON.stringify(record));
  }

  /** The same for what can be found out again. */
  async note(record: UploadRecord): Promise<void> {
    await this.spool.note(this.path(record.id, RECORD), JSON.stringify(record));
  }

  /** To write more to it; to be closed. */
  async openData(id: string): Promise<UploadData> {
    return new UploadData(await open(this.path(id, DATA), 'r+'));
  }

  /** Its bytes as a file that can be put in place. */
  data(id: string): SpoolFile {
    return new SpoolFile(this.path(id, DATA));
  }

  /** SHA-256 in hex of what has come. */
  async digest(id: string): Promise<string> {
    const handle = await open(this.path(id, DATA));
    try {
      return await digestFile(handle);
    } finally {
      await handle.close();
    }
  }

  /** Nothing of it is left. */
  async remove(id: string): Promise<void> {
    // Bytes without a record are swept; a record without bytes would be looked at again and again.
    for (const end of [DATA, RECORD]) await rm(this.path(id, end), { force: true });
  }

  /** Those of which bytes are here, or may come. */
  async openIds(): Promise<string[]> {
    return idsOf(await this.names(), DATA);
  }

  /** How many bytes it will be; while nobody has said that, it is as long as what has come. */
  async extentOf(id: string): Promise<{ bytes: number; isFinal: boolean }> {
    const found = await this.find(id);
    const sizeBytes = found?.record.sizeBytes ?? null;
    if (sizeBytes !== null) return { bytes: sizeBytes, isFinal: true };
    return { bytes: (await orNull(stat(this.path(id, DATA))))?.size ?? 0, isFinal: false };
  }

  /** Those that are remembered: the open ones and, for a while, those that are finished. */
  async ids(): Promise<string[]> {
    return idsOf(await this.names(), RECORD);
  }

  /** Removes what crashes have left of uploads that are not remembered, and of locks. */
  async removeStrays(): Promise<void> {
    const names = await this.names();
    const ids = new Set(idsOf(names, RECORD));
    const strays = names.filter(
      (name) => !name.endsWith(RECORD) && !(ids.has(idOf(name)) && name.endsWith(DATA)),
    );
    await this.spool.removeLeftBehind(strays.map((name) => join(this.directory, name)));
  }

  /** When it goes unless something comes before, in milliseconds since 1970 by the clock of the volume. */
  endMs({ record: { progress, begunAtMs }, lastWriteMs }: Omit<FoundUpload, 'bytes'>): number {
    if (progress.kind === 'finished') return lastWriteMs + FINISHED_KEPT_MS;
    return Math.min(lastWriteMs + this.expiryMs, begunAtMs + this.maxMs);
  }

  private async createEmpty(id: string): Promise<void> {
    const handle = await open(this.path(id, DATA), 'wx');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  }

  private path(id: string, end: string): string {
    return join(this.directory, `${id}${end}`);
  }

  private async names(): Promise<string[]> {
    return (await orNull(readdir(this.directory))) ?? [];
  }
}

/** The bytes of one upload while more are written. */
export class UploadData {
  constructor(private readonly handle: FileHandle) {}

  /** Whole, or it throws; then a part of it may be there. */
  async write(bytes: Uint8Array, position: number): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, position + done);
      done += bytesWritten;
    }
  }

  /** What there is, is on disk when this returns. */
  async sync(): Promise<void> {
    await this.handle.datasync();
  }

  async truncate(bytes: number): Promise<void> {
    await this.handle.truncate(bytes);
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

const idOf = (name: string): string => name.slice(0, name.lastIndexOf('.'));

const idsOf = (names: readonly string[], end: string): string[] =>
  names.filter((name) => name.endsWith(end)).map(idOf);

const tooMany = (most: number): ProblemError =>
  new ProblemError(
    'too-many-requests',
    `${String(most)} uploads are begun and not finished; finish or terminate one, or try again later.`,
    [],
    { 'Retry-After': '60' },
  );
