/** What an error of object storage means. That an object is there, or is not, is an answer; the rest is for later. */
import { setTimeout as sleep } from 'node:timers/promises';
import { asError, errnoOf } from '../http/errno';

const CONFLICT_PAUSES_MS = [100, 200, 400, 800, 1_600];

function statusOf(error: unknown): number | null {
  if (typeof error !== 'object' || error === null || !('$metadata' in error)) return null;
  const { httpStatusCode } = error.$metadata as { httpStatusCode?: number };
  return httpStatusCode ?? null;
}

export const isThere = (error: unknown): boolean => statusOf(error) === 412;

/** Another write under the same name is under way, which may fail yet: whether there is one is known after it. */
export const isConflict = (error: unknown): boolean => statusOf(error) === 409;

/** Does the whole of `work` again, with longer and longer pauses, while there is a conflict. */
export async function patiently(work: () => Promise<void>): Promise<void> {
  for (const pauseMs of CONFLICT_PAUSES_MS) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isConflict(error)) throw error;
      await sleep(pauseMs);
    }
  }
  await work();
}

/** A bucket that is not there is another matter than an object that is not. */
export const isMissing = (error: unknown): boolean => {
  const status = statusOf(error);
  return (status === 404 || status === 412) && asError(error).name !== 'NoSuchBucket';
};

/** It is the file that was to be sent. */
export const isOfVolume = (error: unknown): boolean => errnoOf(error) === 'ENOENT';

/** For people: why the bucket cannot be used. */
export function faultOf(error: unknown): string {
  const status = statusOf(error);
  if (status === 404) return 'there is no such bucket';
  if (status === 403 || status === 401) return 'the credentials are not those of the bucket';
  const { name, message } = asError(error);
  if (name === 'AbortError' || name === 'TimeoutError') return 'it does not answer';
  return name === 'CredentialsProviderError' ? 'no credentials were found' : message || name;
}
