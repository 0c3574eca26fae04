/** Reading errors of Node: by what they are, not by whose `Error` they come from. */
import { isNativeError } from 'node:util/types';

/** `ENOENT` and the like; empty for anything that has no code. */
export function errnoOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}

/** No room is left on the volume, or none for us. */
export function isFull(error: unknown): boolean {
  return ['ENOSPC', 'EDQUOT'].includes(errnoOf(error));
}

/** Whatever was thrown, as an Error. */
export function asError(thrown: unknown): Error {
  return isNativeError(thrown) ? thrown : new Error(String(thrown));
}
