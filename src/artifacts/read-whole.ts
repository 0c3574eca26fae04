/** The bytes of an open file, as many as it was said to have. */
import type { FileHandle } from 'node:fs/promises';

/** Fails when it is shorter, at its end; the handle stays open. */
export async function* bytesOf(
  handle: FileHandle,
  { size, name }: { size: number; name: string },
): AsyncGenerator<Buffer> {
  if (size === 0) return;
  let left = size;
  const chunks = handle.createReadStream({ start: 0, end: size - 1, autoClose: false });
  for await (const chunk of chunks as AsyncIterable<Buffer>) {
    left -= chunk.length;
    yield chunk;
  }
  if (left !== 0) throw new Error(`${name} was cut while it was read`);
}
