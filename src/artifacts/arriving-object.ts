/** The bytes of an object on their way here: what goes wrong with them is the storage's, whenever that is. */
import { finished, PassThrough, type Readable } from 'node:stream';
import { StorageUnavailable } from '../core/errors';
import { withFirstBytes } from '../http/first-bytes';

/** When the first of them are there. Whoever destroys it ends the request. */
export async function arriving(body: Readable): Promise<Readable> {
  const bytes = new PassThrough();
  finished(body, (error) => {
    if (error) bytes.destroy(new StorageUnavailable(error));
  });
  bytes.once('close', () => body.destroy());
  // Also one that breaks off before somebody reads it is told to whoever does.
  bytes.on('error', () => undefined);
  return await withFirstBytes(body.pipe(bytes));
}
