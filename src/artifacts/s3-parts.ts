/** A file sent to object storage, or an object copied there, in parts. Nothing of it is seen until they are made an object, which is one short request. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  type CompletedPart,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type FileHandle, open } from 'node:fs/promises';

const PART_BYTES = 8 * 1024 * 1024;
/** So much is one short request within the storage, which refuses it above 5 GiB. */
export const COPIED_BYTES = 64 * 1024 * 1024;
export const PARTS_AT_ONCE = 3;
/** S3 takes 10,000. */
const MOST_PARTS = 9_000;

export interface SentParts {
  /** @param onlyNew fails with 412 when there is an object of that name */
  complete(onlyNew: boolean): Promise<void>;
  abort(): Promise<void>;
}

export const partBytesOf = (size: number): number => Math.max(PART_BYTES, Math.ceil(size / MOST_PARTS));

interface Unfinished {
  Bucket: string | undefined;
  Key: string | undefined;
  UploadId: string | undefined;
}

/** Brings one part there. Its ETag. */
type Send = (
  to: Unfinished & { PartNumber: number },
  start: number,
  length: number,
) => Promise<string | undefined>;

/** The bytes of a file. Those of one that fails are removed. */
export async function sendParts(
  client: S3Client,
  path: string,
  as: CreateMultipartUploadCommandInput,
): Promise<SentParts> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    return await begin(client, as, size, partBytesOf(size), async (to, start, length) => {
      const Body = await readWhole(file, start, length);
      return (await client.send(new UploadPartCommand({ ...to, Body }))).ETag;
    });
  } finally {
    await file.close();
  }
}

/** The bytes of an object, within the storage. @param CopySource as the protocol names it; @param size in bytes */
export function copyParts(
  client: S3Client,
  CopySource: string,
  size: number,
  as: CreateMultipartUploadCommandInput,
): Promise<SentParts> {
  return begin(client, as, size, Math.max(COPIED_BYTES, partBytesOf(size)), async (to, start, length) => {
    const CopySourceRange = `bytes=${String(start)}-${String(start + length - 1)}`;
    const command = new UploadPartCopyCommand({ ...to, CopySource, CopySourceRange });
    return (await client.send(command)).CopyPartResult?.ETag;
  });
}

async function begin(
  client: S3Client,
  as: CreateMultipartUploadCommandInput,
  size: number,
  partBytes: number,
  send: Send,
): Promise<SentParts> {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(as));
  const upload = { Bucket: as.Bucket, Key: as.Key, UploadId };
  const abort = async (): Promise<void> => {
    await client.send(new AbortMultipartUploadCommand(upload));
  };
  try {
    const Parts = await sendAll(upload, size, partBytes, send);
    const complete = async (onlyNew: boolean): Promise<void> => {
      const condition = onlyNew ? { IfNoneMatch: '*' } : {};
      const command = { ...upload, ...condition, MultipartUpload: { Parts } };
      await client.send(new CompleteMultipartUploadCommand(command));
    };
    return { complete, abort };
  } catch (error) {
    // The storage may be away: then whoever sweeps removes them.
    await abort().catch(() => undefined);
    throw error;
  }
}

/** Some at a time. When one fails the others under way are waited for, since none may come after the parts were removed. */
async function sendAll(
  upload: Unfinished,
  size: number,
  partBytes: number,
  send: Send,
): Promise<CompletedPart[]> {
  const parts: CompletedPart[] = [];
  let next = 0;
  let hasFailed = false;
  const sendSome = async (): Promise<void> => {
    while (!hasFailed && next * partBytes < size) {
      const index = next++;
      const start = index * partBytes;
      const PartNumber = index + 1;
      try {
        const ETag = await send({ ...upload, PartNumber }, start, Math.min(partBytes, size - start));
        parts[index] = { PartNumber, ETag };
      } catch (error) {
        hasFailed = true;
        throw error;
      }
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: PARTS_AT_ONCE }, sendSome));
  const failed = ends.find((end) => end.status === 'rejected');
  if (failed !== undefined) throw failed.reason;
  return parts;
}

/** In memory, so that a part can be sent again. */
async function readWhole(file: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw new Error('the file was cut while it was sent to object storage');
    done += bytesRead;
  }
  return bytes;
}
