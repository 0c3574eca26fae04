/** The bytes of one file, streamed into the spool and hashed on the way: memory stays flat whatever its size. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { ProblemError } from '../core/errors';
import { asError } from '../http/errno';
import type { BodyRoom } from './inbox-room';
import type { Spool } from './spool';
import type { SpoolFile } from './spool-file';

export interface ReceivedFile {
  /** Sealed; the receiver places or discards it. */
  file: SpoolFile;
  filename: string;
  /** Bytes. */
  size: number;
  /** Hex. */
  sha256: string;
  /** ISO 8601. */
  receivedAt: string;
}

/** Where a file goes and what bounds it. */
export interface Reception {
  spool: Spool;
  /** 0: no limit. */
  maxBytes: number;
  room: BodyRoom;
  receivedAt: string;
}

/** The stream ended before the file did, as opposed to a failure of ours. */
export class BrokenStream extends Error {
  constructor(override readonly cause: Error) {
    super(cause.message);
    this.name = 'BrokenStream';
  }
}

/**
 * Reads the stream to its end. Throws BrokenStream when that does not come, 413 above `maxBytes`, 503 when it could not
 * be kept, and what the disk says; nothing is left in the spool then, and the stream can still be read.
 */
export async function receiveStream(
  stream: Readable,
  filename: string,
  { spool, maxBytes, room, receivedAt }: Reception,
): Promise<ReceivedFile> {
  const file = await spool.create();
  const hash = createHash('sha256');
  let size = 0;
  try {
    for await (const chunk of chunksOf(stream)) {
      size += chunk.length;
      if (maxBytes > 0 && size > maxBytes) throw tooLarge(maxBytes);
      room.take(chunk.length);
      hash.update(chunk);
      await file.write(chunk);
    }
    await file.seal();
    return { file, filename, size, sha256: hash.digest('hex'), receivedAt };
  } catch (error) {
    await file.discard();
    throw error;
  }
}

/** What its reader throws does not come back in here: an error in here is the stream's. */
async function* chunksOf(stream: Readable): AsyncGenerator<Buffer> {
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>)
      yield chunk;
  } catch (error) {
    throw new BrokenStream(asError(error));
  }
}

export const tooLarge = (maxBytes: number): ProblemError =>
  new ProblemError('too-large', `A file is at most ${String(maxBytes)} bytes.`);
