/** The ways of a received file to its place in object storage: a small one at once, a large one ahead, in parts. */
import type { Bucket } from './bucket';
import { filesOf, META, NO_ATTEMPT } from './object-keys';
import type { ReceivedFile } from './receive-stream';
import type { NewObject } from './s3-objects';
import { nameTaken, type Placing, type Shelf } from './stored-file';

/** What this takes is a short request, and can be made while the task is held for it. */
export const SMALL_BYTES = 8 * 1024 * 1024;

export function placeAtOnce(bucket: Bucket, received: ReceivedFile): Placing {
  return {
    async put(shelf) {
      const { key, as } = objectOf(shelf, received);
      const isNew = await received.file.lend((path) =>
        bucket.put(key, path, { ...as, onlyNew: shelf.isDone }),
      );
      if (!isNew) await requireSame(bucket, key, shelf, received);
      await received.file.discard();
      return true;
    },
    end: () => Promise.resolve(),
  };
}

/** Sends the bytes now, for a shelf, and makes them an object when they are put there. */
export async function placeInParts(bucket: Bucket, received: ReceivedFile, ahead: Shelf): Promise<Placing> {
  const { key, as } = objectOf(ahead, received);
  const parts = await received.file.lend((path) => bucket.sendParts(key, path, as));
  let isObject = false;
  return {
    async put(shelf) {
      if (objectOf(shelf, received).key !== key) return false;
      const outcome = await bucket.complete(parts, shelf.isDone);
      if (outcome === 'lost') return false;
      isObject = outcome === 'done';
      if (!isObject) await requireSame(bucket, key, shelf, received);
      await received.file.discard();
      return true;
    },
    async end() {
      if (!isObject) await bucket.giveUp(parts);
    },
  };
}

/** It was there, and nothing was sent; when it is there no more, it has to be. */
export const NOTHING_SENT: Placing = { put: () => Promise.resolve(false), end: () => Promise.resolve() };

function objectOf(
  { id, attempt }: Shelf,
  { filename, size, sha256, receivedAt }: ReceivedFile,
): { key: string; as: Omit<NewObject, 'onlyNew'> } {
  const metadata = {
    [META.sha256]: sha256,
    [META.sizeBytes]: String(size),
    [META.uploadedAt]: receivedAt,
    [META.attemptId]: attempt ?? NO_ATTEMPT,
  };
  return { key: filesOf(id, attempt) + filename, as: { contentType: 'application/octet-stream', metadata } };
}

/** Another replica was faster: 409 unless it has put the same bytes there. */
async function requireSame(
  bucket: Bucket,
  key: string,
  { id }: Shelf,
  { filename, sha256 }: ReceivedFile,
): Promise<void> {
  const there = await bucket.head(key);
  if (there?.metadata[META.sha256] !== sha256) throw nameTaken(id, filename);
}
