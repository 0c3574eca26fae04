/** Bytes that lie somewhere, of which any part can be had: a result or a file, wherever it is kept. */
import type { Stats } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { type FileVersion, isSameVersion } from './file-version';

/** Small enough for other requests to go on in between, whatever is done with a piece. */
const PIECE_BYTES = 128 * 1024;
const CUT = 'the file was cut or written over while it was read';

/** `close` it, however it ends. */
export interface ByteSource {
  /** Bytes. */
  readonly size: number;
  /** Another one means other bytes. In characters that an ETag may have. */
  readonly version: string;
  /** When it was written. */
  readonly modified: Date;
  /** From the first byte to the one after the last. Throws when there are fewer than there were. */
  read(start: number, end: number): AsyncIterable<Buffer>;
  /** Whether it is the same still: what was read may be of two contents otherwise. */
  isUnchanged(): Promise<boolean>;
  close(): Promise<void>;
}

const tagOf = ({ ino, mtimeMs, size }: FileVersion): string =>
  [ino, Math.round(mtimeMs * 1000), size].map((n) => n.toString(16)).join('-');

/** A file that was read whole: nobody can write over it any more. */
export class BytesSource implements ByteSource {
  readonly size: number;
  readonly version: string;
  readonly modified: Date;

  constructor(
    private readonly bytes: Buffer,
    version: FileVersion,
  ) {
    this.size = bytes.length;
    this.version = tagOf(version);
    this.modified = new Date(version.mtimeMs);
  }

  async *read(start: number, end: number): AsyncGenerator<Buffer> {
    await Promise.resolve();
    yield this.bytes.subarray(start, end);
  }

  isUnchanged(): Promise<boolean> {
    return Promise.resolve(true);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** An open file, which whoever has it closes by this. */
export class FileSource implements ByteSource {
  readonly size: number;
  readonly version: string;
  readonly modified: Date;

  constructor(
    private readonly handle: FileHandle,
    private readonly stats: Stats,
  ) {
    this.size = stats.size;
    this.version = tagOf(stats);
    this.modified = stats.mtime;
  }

  async *read(start: number, end: number): AsyncGenerator<Buffer> {
    for (let at = start; at < end;) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - at));
      await this.fill(piece, at);
      at += piece.length;
      yield piece;
    }
  }

  async isUnchanged(): Promise<boolean> {
    return isSameVersion(this.stats, await this.handle.stat());
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  private async fill(piece: Buffer, position: number): Promise<void> {
    for (let done = 0; done < piece.length;) {
      const { bytesRead } = await this.handle.read(piece, done, piece.length - done, position + done);
      if (bytesRead === 0) throw new Error(CUT);
      done += bytesRead;
    }
  }
}
