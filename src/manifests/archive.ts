/** A gzipped tar that is made while it is sent: one file open at a time, no more of it in memory than streams hold. */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { pack, type Pack } from 'tar-stream';

export interface Entry {
  /** Path in the archive. */
  name: string;
  sizeBytes: number;
  /** Hex: what the bytes must come to. */
  sha256: string;
  modified: Date;
  /** null: it is gone, or has changed. */
  open(): Promise<{ stream(): AsyncIterable<Buffer>; close(): Promise<void> } | null>;
}

/** Models hardly get smaller, and whoever waits for them should wait for the network. */
const LEVEL = constants.Z_BEST_SPEED;

/**
 * Ends when everything is out. Rejects when `out` is closed before, or an entry is not, or no longer, what was said of
 * it: then `out` is destroyed, so that what has come can be taken for whole by nobody, and no file stays open.
 */
export async function sendArchive(entries: readonly Entry[], out: Writable): Promise<void> {
  const archive = pack();
  const filled = fill(archive, entries);
  const sent = pipeline(archive as AsyncIterable<Buffer>, createGzip({ level: LEVEL }), out);
  const [filling, sending] = await Promise.allSettled([filled, sent]);
  if (sending.status === 'fulfilled') return;
  // What happened to an entry says more than that the stream broke off; else that is why it could not be filled.
  throw filling.status === 'rejected' && filling.reason instanceof EntryChanged
    ? filling.reason
    : sending.reason;
}

async function fill(archive: Pack, entries: readonly Entry[]): Promise<void> {
  try {
    for (const entry of entries) await add(archive, entry);
    archive.finalize();
  } catch (error) {
    archive.destroy(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}

async function add(archive: Pack, entry: Entry): Promise<void> {
  const source = await entry.open();
  if (source === null) throw new EntryChanged(entry.name);
  try {
    const sha256 = await write(archive, entry, readable(entry.name, source.stream()));
    if (sha256 !== entry.sha256) throw new EntryChanged(entry.name);
  } finally {
    await source.close();
  }
}

async function* readable(name: string, bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    throw new EntryChanged(name, { cause: error });
  }
}

/** The digest of what was written, which is as long as it was said to be. */
async function write(
  archive: Pack,
  { name, sizeBytes, modified }: Entry,
  bytes: AsyncIterable<Buffer>,
): Promise<string> {
  const hash = createHash('sha256');
  const { promise: written, resolve, reject } = withResolvers();
  const sink = archive.entry({ name, size: sizeBytes, mtime: modified, mode: 0o644 }, (error) => {
    if (error) reject(error);
    else resolve();
  });
  // The callback has it too.
  sink.on('error', () => undefined);
  written.catch(() => undefined);
  for await (const chunk of bytes) {
    hash.update(chunk);
    if (!sink.write(chunk)) await Promise.race([once(sink, 'drain'), written]);
  }
  sink.end();
  await written;
  return hash.digest('hex');
}

export class EntryChanged extends Error {
  constructor(name: string, options: ErrorOptions = {}) {
    super(`${name} is gone, or is not what it was when it was listed`, options);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve!: () => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<void>((fulfil, refuse) => {
    resolve = fulfil;
    reject = refuse;
  });
  return { promise, resolve, reject };
}
