/** The moment before an answer begins: until its first bytes are there, it can still be another one. */
import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** The stream when it has something to give, or has ended; throws why it has not. */
export async function withFirstBytes(stream: Readable): Promise<Readable> {
  await once(stream, 'readable');
  return stream;
}
