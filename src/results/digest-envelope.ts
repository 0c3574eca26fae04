/** What the bytes of an envelope on disk say of themselves. */
import { createHash, hash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { EnvelopeScanner } from './envelope-scan';
import { JsonScanError } from './json-scan';

/** Small enough for other requests to go on in between. */
const PIECE_BYTES = 256 * 1024;

/** SHA-256 (hex) of the bytes of its `result` member; null when it is not whole. Rejects when it cannot be read. */
export async function digestEnvelope(path: string): Promise<string | null> {
  const hash = createHash('sha256');
  const scanner = scannerInto(hash);
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

/** The same of bytes that are an envelope. */
export function digestResultIn(envelope: Buffer): string {
  const hash = createHash('sha256');
  const scanner = scannerInto(hash);
  scanner.push(envelope);
  scanner.finish();
  return hash.digest('hex');
}

/** A scanner whose `result` member goes into the hash as it passes. */
export const scannerInto = (hash: Hash): EnvelopeScanner =>
  new EnvelopeScanner({ capture: new Map(), onResult: (bytes) => hash.update(bytes) });

/** The same of bytes that are the value itself: white space around it is no part of it. */
export function digestOfValue(bytes: Buffer): string {
  const isSpace = (byte: number | undefined): boolean =>
    byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
  let [from, to] = [0, bytes.length];
  while (from < to && isSpace(bytes[from])) from += 1;
  while (from < to && isSpace(bytes[to - 1])) to -= 1;
  return hash('sha256', bytes.subarray(from, to));
}
