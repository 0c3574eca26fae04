/** What the bytes of an envelope on disk say of themselves. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { EnvelopeScanner } from './envelope-scan';
import { JsonScanError } from './json-scan';

/** Small enough for other requests to go on in between. */
const PIECE_BYTES = 256 * 1024;

/** SHA-256 (hex) of the bytes of its `result` member; null when it is not whole. Rejects when it cannot be read. */
export async function digestEnvelope(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  const scanner = new EnvelopeScanner({ capture: new Map(), onResult: (bytes) => hash.update(bytes) });
  try {
    for await (const piece of createReadStream(path, {
      highWaterMark: PIECE_BYTES,
    }) as AsyncIterable<Buffer>) {
      scanner.push(piece);
    }
    return scanner.finish().members.has('result') ? hash.digest('hex') : null;
  } catch (error) {
    if (error instanceof JsonScanError) return null;
    throw error;
  }
}
