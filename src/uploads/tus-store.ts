/**
 * What the tus server asks for on behalf of one request: bytes go to the volume, the whole goes to its task. An upload of
 * which all bytes have come is finished by whoever looks at it, so that its full offset is never said before it is safe.
 */
import type { DataStore, Upload } from '@tus/server';
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Inbox } from '../artifacts/inbox';
import type { BodyRoom } from '../artifacts/inbox-room';
import { ProblemError } from '../core/errors';
import type { ChunkChecksum } from './chunk-checksum';
import type { FinishUpload } from './finish-upload';
import type { RunningDigests } from './running-digests';
import type { UploadFiles } from './upload-files';
import type { UploadLock, UploadLocks } from './upload-locks';
import { parseUploadMetadata, readUploadMetadata } from './upload-metadata';
import type { UploadRecord } from './upload-record';
import type { UploadRoom } from './upload-room';

export interface UploadParts {
  files: UploadFiles;
  room: UploadRoom;
  locks: UploadLocks;
  digests: RunningDigests;
  finish: FinishUpload;
  inbox: Inbox;
}

const EXTENSIONS = [
  'creation',
  'creation-with-upload',
  'creation-defer-length',
  'expiration',
  'termination',
  'checksum',
];

/** Not derived from the library's class, with which the library would be loaded at the start. */
export class TusStore extends EventEmitter implements DataStore {
  readonly extensions = [...EXTENSIONS];
  private lock: UploadLock | null = null;
  private record: UploadRecord | null = null;
  private hasCreated = false;
  /** What the server was told of it. */
  private told: Upload | null = null;

  constructor(
    private readonly parts: UploadParts,
    private readonly request: IncomingMessage,
    private readonly checksum: ChunkChecksum | null,
  ) {
    super();
  }

  /** The upload that the request was about, as it is now; null: there was none. */
  get current(): UploadRecord | null {
    return this.record;
  }

  /** A request is about one upload: what the server locks is what is written. */
  newLock(id: string): UploadLock {
    this.lock = this.parts.locks.lockOf(id);
    return this.lock;
  }

  hasExtension(extension: string): boolean {
    return this.extensions.includes(extension);
  }

  getExpiration(): number {
    return this.parts.files.expiryMs;
  }

  /** The sweeper does it. */
  deleteExpired(): Promise<number> {
    return Promise.resolve(0);
  }

  async create(upload: Upload): Promise<Upload> {
    const { files, room, finish, inbox } = this.parts;
    const { text, ...told } = readUploadMetadata(this.request);
    const record: UploadRecord = {
      id: upload.id,
      ...told,
      sizeBytes: upload.size ?? null,
      begunAtMs: this.nowMs(),
      metadata: text,
      progress: { kind: 'open' },
    };
    await finish.admit(record);
    (await inbox.roomFor(String(upload.size ?? 0))).leave();
    await room.announce(upload.id, upload.size ?? 0, () => files.create(record));
    this.hasCreated = true;
    this.record = upload.size === 0 ? await finish.finish(record, 0) : record;
    this.told = upload;
    upload.creation_date = this.countedFrom(record);
    return upload;
  }

  /** A creation that failed: nobody has heard the name of what it made. */
  async undoCreation(): Promise<void> {
    if (this.hasCreated && this.record !== null) await this.parts.files.remove(this.record.id);
  }

  async getUpload(id: string): Promise<Upload> {
    const { files, finish } = this.parts;
    const found = await files.find(id);
    if (found === null) throw notFound();
    if (this.nowMs() > files.endMs(found)) {
      await files.remove(id);
      throw givenUp();
    }
    const { record, bytes } = found;
    this.record = record;
    if (record.progress.kind !== 'finished') {
      if (bytes === null) this.record = await finish.recover(record);
      else {
        const isWhole = bytes === record.sizeBytes;
        // The disk may have failed whoever wrote it.
        if (isWhole || this.request.method === 'HEAD') await this.sync(id);
        if (isWhole) this.record = await finish.finish(record, bytes);
      }
    }
    this.told = asUpload(this.record, bytes ?? 0, this.countedFrom(this.record, found.lastWriteMs));
    return this.told;
  }

  async write(stream: Readable, id: string, offset: number): Promise<number> {
    const { finish, inbox } = this.parts;
    const record = this.opened(id);
    if (record.progress.kind === 'finished') return offset;
    await finish.admit(record);
    const room = await inbox.roomFor(this.request.headers['content-length']);
    let end: number;
    try {
      end = await this.append(stream, id, offset, room);
    } finally {
      room.leave();
    }
    if (end === record.sizeBytes) this.record = await finish.finish(record, end);
    else if (this.told !== null) this.told.creation_date = this.countedFrom(record);
    return end;
  }

  async declareUploadLength(id: string, sizeBytes: number): Promise<void> {
    const { files, room } = this.parts;
    const record = { ...this.opened(id), sizeBytes };
    await room.announce(id, sizeBytes, () => files.save(record));
    this.record = record;
  }

  async remove(id: string): Promise<void> {
    const { files } = this.parts;
    const found = await files.find(id);
    if (found === null) throw notFound();
    if (found.record.progress.kind === 'finished') {
      throw new ProblemError('conflict', 'This upload is finished: its file is with its task.');
    }
    await files.remove(id);
  }

  /** What has come stays, however the stream ends, unless a checksum was announced for it. Returns the new offset. */
  private async append(stream: Readable, id: string, offset: number, room: BodyRoom): Promise<number> {
    const { files, digests } = this.parts;
    const { checksum } = this;
    const data = await files.openData(id);
    let hash = digests.take(id, offset);
    let position = offset;
    const endMs = files.endMs({ record: this.opened(id), lastWriteMs: Infinity });
    try {
      // Left to itself, the loop would destroy the stream, and the server hear of that instead of what went wrong here.
      for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
        await this.lock?.requireHeld();
        if (this.nowMs() > endMs) throw givenUp();
        room.take(chunk.length);
        if (this.record?.sizeBytes === null) await this.parts.room.grow(id, position + chunk.length);
        await data.write(chunk, position);
        position += chunk.length;
        hash?.update(chunk);
        checksum?.update(chunk);
      }
      checksum?.require();
      await data.sync().catch((error: unknown) => {
        // What was reckoned may not be what is there.
        hash = null;
        throw error;
      });
    } catch (error) {
      if (checksum !== null) {
        hash = null;
        await data.truncate(offset);
      }
      throw error;
    } finally {
      digests.keep(id, position, hash);
      await data.close();
    }
    return position;
  }

  /** What a client is told to go on from must not be taken back by a power cut. */
  private async sync(id: string): Promise<void> {
    const data = await this.parts.files.openData(id);
    try {
      await data.sync();
    } finally {
      await data.close();
    }
  }

  /** The server says, and keeps to, what is `getExpiration` after this time, by the clock of this machine. */
  private countedFrom(record: UploadRecord, lastWriteMs = this.nowMs()): string {
    const { files } = this.parts;
    const leftMs = files.endMs({ record, lastWriteMs }) - this.nowMs();
    return new Date(Date.now() + leftMs - files.expiryMs).toISOString();
  }

  private opened(id: string): UploadRecord {
    if (this.record?.id !== id) throw new Error('the upload was not looked up before');
    return this.record;
  }

  private nowMs(): number {
    if (this.lock === null) throw new Error('the upload is not locked');
    return this.lock.nowMs;
  }
}

export const newUploadId = (): string => randomUUID();

function asUpload(
  { id, sizeBytes, metadata, progress }: UploadRecord,
  bytes: number,
  countedFrom: string,
): Upload {
  return {
    id,
    offset: progress.kind === 'finished' ? (sizeBytes ?? 0) : bytes,
    size: sizeBytes ?? undefined,
    sizeIsDeferred: sizeBytes === null,
    metadata: Object.fromEntries(parseUploadMetadata(metadata)),
    storage: undefined,
    creation_date: countedFrom,
  };
}

const givenUp = (): ProblemError =>
  new ProblemError(
    'gone',
    'This upload was given up: nothing came for UPLOAD_EXPIRY_HOURS, or it was not whole after UPLOAD_MAX_HOURS. Begin it again.',
  );

const notFound = (): ProblemError => new ProblemError('not-found', 'There is no such upload.');
