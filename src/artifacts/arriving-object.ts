/** The bytes of an object on their way here: what goes wrong with them is the storage's, whenever that is. */
import { Readable } from 'node:stream';
import { StorageUnavailable } from '../core/errors';
import { asError } from '../http/errno';
import { withFirstBytes } from '../http/first-bytes';

/** Without a byte from the storage; how long the one that reads takes does not count. */
const SILENT_MS = 10_000;

/** When the first of them are there. Whoever destroys it ends the request. */
export async function arriving(body: Readable): Promise<Readable> {
  const bytes = Readable.from(chunksOf(body), { objectMode: false });
  bytes.once('close', () => body.destroy());
  // Also one that breaks off before somebody reads it is told to whoever does.
  bytes.on('error', () => undefined);
  return await withFirstBytes(bytes);
}

async function* chunksOf(body: Readable): AsyncGenerator<Buffer> {
  const wait = (): NodeJS.Timeout =>
    setTimeout(() => body.destroy(new Error('it sends nothing any more')), SILENT_MS);
  let silence = wait();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      clearTimeout(silence);
      yield chunk;
      silence = wait();
    }
  } catch (error) {
    throw new StorageUnavailable(asError(error));
  } finally {
    clearTimeout(silence);
  }
}
