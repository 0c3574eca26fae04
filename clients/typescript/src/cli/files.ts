/** Files of the command line: read whole or as streams, written whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream, openAsBlob } from 'node:fs';
import { lstat, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream as NodeStream } from 'node:stream/web';
import { UsageError } from './exit';

/** `-` in the place of a file: standard input or output. */
export const STANDARD = '-';

/** @returns the text of a document; the name is for messages */
export function readDocument(path: string): Promise<string> {
  return path === STANDARD ? text(process.stdin) : readFile(path, 'utf8');
}

/** The file as fetch sends it with its length, and its digest in hex. */
export async function openUpload(path: string): Promise<{ body: Blob; sha256: string }> {
  if (!(await stat(path)).isFile()) throw new UsageError(`${path} is no file`);
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { body: await openAsBlob(path), sha256: hash.digest('hex') };
}

/**
 * Writes what comes beside `path` and puts it in its place once all of it is there, or sends it to standard output.
 * @param sha256 hex; an Error when what came has another digest. null: it is not compared
 */
export async function save(
  body: ReadableStream<Uint8Array>,
  path: string,
  sha256: string | null = null,
): Promise<void> {
  const hash = createHash('sha256');
  const source = Readable.fromWeb(body as NodeStream);
  source.on('data', (chunk: Buffer) => hash.update(chunk));
  if (path === STANDARD) {
    await pipeline(source, process.stdout, { end: false });
    requireDigest(hash.digest('hex'), sha256);
    return;
  }
  const part = `${path}.${randomUUID()}.part`;
  try {
    await pipeline(source, createWriteStream(part, { flags: 'wx' }));
    requireDigest(hash.digest('hex'), sha256);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}

/**
 * Where a file of a task belongs below `directory`: at the path that is its name. The directories on the way are made. A
 * UsageError where that would be outside, by the name or by a link that is there.
 */
export async function placeBelow(directory: string, name: string): Promise<string> {
  const names = name.split('/');
  if (!names.every(isPlain)) throw new UsageError(`${JSON.stringify(name)} is no path below a directory`);
  await mkdir(directory, { recursive: true });
  let path = directory;
  for (const part of names.slice(0, -1)) {
    path = join(path, part);
    await mkdir(path).catch(async (error: unknown) => {
      if (!(await lstat(path).catch(() => null))) throw error;
    });
    if (!(await lstat(path)).isDirectory())
      throw new UsageError(`${path} is in the way: a directory belongs there`);
  }
  return join(directory, name);
}

/** A name on every system, and none that leads elsewhere. */
const isPlain = (name: string): boolean => !['', '.', '..'].includes(name) && !/[\\:\0]/.test(name);

function requireDigest(got: string, wanted: string | null): void {
  if (wanted !== null && got !== wanted) throw new DamagedError(got, wanted);
}

/** What came is not what the service has. */
export class DamagedError extends Error {
  constructor(got: string, wanted: string) {
    super(`what came has the SHA-256 ${got}, not ${wanted}; it was not kept`);
  }
}
