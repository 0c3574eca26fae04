/** One file on its way in, until it has its place; and how files get a place that lasts. */
import * as fs from 'node:fs';
import { link, rename, rm, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { promisify } from 'node:util';
import { crashPoint } from '../core/crash-point';
import { ProblemError } from '../core/errors';
import { errnoOf } from '../http/errno';
import { type FileVersion, versionOf } from './file-version';
import { orNull } from './task-directory';

/** A copy of the directory has a file of two names twice. */
const MOST_LINKED_BYTES = 1024 * 1024;

/** On bare descriptors: a FileHandle is an emitter of events with a finalizer, which a small file costs as much as a large. */
export const open = promisify(fs.open);
const write = promisify(fs.writeFile);
const sync = promisify(fs.fsync);
const close = promisify(fs.close);

/** A new file, whose bytes are on disk when they are written: one request to a thread instead of two. */
const { O_WRONLY, O_CREAT, O_EXCL, O_SYNC } = fs.constants;
const NEW_AND_SYNCED = O_WRONLY | O_CREAT | O_EXCL | O_SYNC;

/** Makes renames in these directories survive a power cut; one that is gone has nothing to keep. */
export async function syncDirectories(paths: Iterable<string>): Promise<void> {
  await Promise.all([...new Set(paths)].map(syncDirectory));
}

async function syncDirectory(path: string): Promise<void> {
  const directory = await orNull(open(path, 'r'));
  if (directory === null) return;
  try {
    await sync(directory);
  } finally {
    await close(directory);
  }
}

/**
 * A name that says something about a file: another name of that file, which costs the volume no new one, or, of a large
 * file and where the volume has no such names, an empty file. What is there stays as it is. Throws ENOENT where the file
 * is not there any more.
 */
export async function nameBeside(
  path: string,
  file: string,
  { size }: Pick<fs.Stats, 'size'>,
): Promise<void> {
  if (size <= MOST_LINKED_BYTES && (await isLinked(file, path))) return;
  await close(await open(path, 'a'));
}

async function isLinked(file: string, path: string): Promise<boolean> {
  try {
    await link(file, path);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw error;
    return errnoOf(error) === 'EEXIST';
  }
}

const IN_THE_WAY = new Set(['EISDIR', 'ENOTEMPTY', 'EEXIST', 'ENOTDIR']);

/** 409 when no file can be there. */
export async function renameOver(path: string, target: string): Promise<void> {
  try {
    await rename(path, target);
  } catch (error) {
    if (!IN_THE_WAY.has(errnoOf(error))) throw error;
    throw new ProblemError('conflict', `Where ${basename(target)} belongs, something else is in the way.`);
  }
}

/** What a volume says that has no second names for files. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Renames it unless something is there: then it throws EEXIST, and both stay as they are. Of several at once, at whichever
 * replicas, one succeeds; on a volume whose files have one name only, the last of them replaces the others.
 */
async function renameNew(path: string, target: string): Promise<void> {
  try {
    await link(path, target);
  } catch (error) {
    if (!NO_LINKS.has(errnoOf(error))) throw error;
    await close(await open(target, 'wx'));
    await rename(path, target);
    return;
  }
  await rm(path, { force: true });
}

/** A file in object storage. */
export interface SentFile {
  /** Brings its bytes to this path; ENOENT when it is not there any more. */
  bring(path: string): Promise<void>;
  remove(): Promise<void>;
}

/**
 * One file on its way in. It ends by `release`, where it then lies, or by `discard`, which after that does nothing.
 * A small one may be held in memory, and come to disk only where `moveTo` says.
 */
export class SpoolFile {
  private mine = true;
  private held: Buffer | null = null;
  /** Known of one that was held and is sealed, where asking for it waits for nothing. */
  private sealedAs: FileVersion | null = null;
  /** Where it is in object storage. */
  private sent: SentFile | null = null;
  /** Nobody but this process gives it a place: when it is gone, it was taken for left behind. */
  private readonly isOurs: boolean;

  /**
   * Without a descriptor it is sealed already, and may be anybody's.
   * @param isLocal on a file system of this machine's own, where what is on disk is closed without waiting for anything
   */
  constructor(
    private place: string | null,
    private descriptor: number | null = null,
    private readonly isLocal = false,
  ) {
    this.isOurs = descriptor !== null;
  }

  static holding(content: Buffer, isLocal: boolean): SpoolFile {
    const file = new SpoolFile(null, null, isLocal);
    file.held = content;
    return file;
  }

  /** One that is in object storage. */
  static sent(sent: SentFile): SpoolFile {
    const file = new SpoolFile(null);
    file.sent = sent;
    return file;
  }

  /** What tells it from others since it was sealed; null where that is not known. */
  get version(): FileVersion | null {
    return this.sealedAs;
  }

  get isMine(): boolean {
    return this.mine;
  }

  /** It is in object storage. */
  get isSent(): boolean {
    return this.sent !== null;
  }

  async write(bytes: Uint8Array | string): Promise<void> {
    if (this.descriptor === null) throw new Error('the spool file is sealed');
    await write(this.descriptor, bytes);
  }

  /** No more bytes; what there is, is on disk when this returns. */
  async seal(): Promise<void> {
    const { descriptor, held } = this;
    if (descriptor === null) return;
    if (held !== null) await write(descriptor, held);
    crashPoint('spool.written');
    // What was held came to disk while it was written.
    if (held === null) await sync(descriptor);
    crashPoint('spool.synced');
    this.held = null;
    if (held !== null && this.isLocal) this.sealedAs = versionOf(fs.fstatSync(descriptor));
    await this.close();
  }

  /** No more bytes, without waiting for the disk. */
  async close(): Promise<void> {
    const { descriptor } = this;
    this.descriptor = null;
    if (descriptor === null) return;
    if (this.sealedAs === null) await close(descriptor);
    else fs.closeSync(descriptor);
  }

  /** 503 when it was taken for left behind. */
  stats(): Promise<fs.Stats> {
    return this.orLost(stat(this.where()));
  }

  /**
   * Renames it, replacing what is there. What is held gets a name that nobody has, under which `seal` writes it. From
   * object storage it is brought back. It is still to be released or discarded. 409 when no file can be there, 503 when it was taken for left behind.
   */
  async moveTo(target: string): Promise<void> {
    if (this.held !== null) {
      this.descriptor = await open(target, NEW_AND_SYNCED);
      this.place = target;
    } else if (this.sent !== null) {
      await this.sent.bring(target);
      this.place = target;
      await this.sent.remove();
      this.sent = null;
    } else {
      await this.seal();
      await this.orLost(renameOver(this.where(), target));
      this.place = target;
    }
    crashPoint('spool.placed');
  }

  /** No more bytes; it is read where it lies, and stays there. 503 when it was taken for left behind. */
  async lend<T>(read: (path: string) => Promise<T>): Promise<T> {
    await this.close();
    return await this.orLost(read(this.where()));
  }

  /** As `moveTo`, but replaces nothing: EEXIST where something is there. */
  async moveToNew(target: string): Promise<void> {
    await this.seal();
    await this.orLost(renameNew(this.where(), target));
    this.place = target;
    crashPoint('spool.placed');
  }

  /**
   * Brings it to object storage instead of a place on the volume, unless it is there. It is still to be released or discarded.
   * @param put of the bytes, or of the file at a path
   * @param sent where it is then
   */
  async sendTo(put: (body: Buffer | string) => Promise<void>, sent: SentFile): Promise<void> {
    if (this.sent !== null) return;
    await this.close();
    await this.orLost(put(this.held ?? this.where()));
    this.sent = sent;
    this.held = null;
    if (this.place !== null) await rm(this.place, { force: true });
    this.place = null;
    crashPoint('spool.placed');
  }

  /** It has its place: whoever discards it now leaves it there. */
  release(): void {
    this.mine = false;
  }

  /** Undoes `release`. */
  reclaim(): void {
    this.mine = true;
  }

  async discard(): Promise<void> {
    await this.close();
    if (!this.mine) return;
    this.mine = false;
    this.held = null;
    if (this.place !== null) await rm(this.place, { force: true });
    await this.sent?.remove();
  }

  /** This process can have stood still for so long that others removed what it was writing. */
  private async orLost<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      const isGone = this.place !== null && (await orNull(stat(this.place))) === null;
      throw this.isOurs && isGone ? lost() : error;
    }
  }

  private where(): string {
    if (this.place === null) throw new Error('the spool file is not on disk yet');
    return this.place;
  }
}

const lost = (): ProblemError =>
  new ProblemError(
    'unavailable',
    'This replica stood still for so long that others gave up what it was writing; send it again.',
    [],
    { 'Retry-After': '1' },
  );
