/** A body that is whole or fails: what breaks off goes on where it broke, and what ends too early has not ended. */
import { UnreachableError } from './problem';

export interface Whole {
  /** For messages. */
  url: string;
  /** null when it is not known: then any end is one. */
  sizeBytes: number | null;
  /** How often it may break off. */
  retries: number;
  /** The body from a byte on; null when this body cannot be gone on with. */
  reopen: (fromByte: number) => Promise<ReadableStream<Uint8Array> | null>;
}

/** @throws in the stream: `UnreachableError` when it breaks off once too often, and what `reopen` throws */
export function whole(
  first: ReadableStream<Uint8Array>,
  { url, sizeBytes, retries, reopen }: Whole,
): ReadableStream<Uint8Array> {
  let reader = first.getReader();
  let received = 0;
  let triesLeft = retries;

  /** The next bytes; null at the end. */
  async function next(): Promise<Uint8Array | null> {
    const { done, value } = await reader.read();
    if (!done) {
      received += value.length;
      return value;
    }
    if (sizeBytes === null || received === sizeBytes) return null;
    const why = new Error(`it ended after ${String(received)} of ${String(sizeBytes)} bytes`);
    throw new UnreachableError(url, why, 'broke off');
  }

  return new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        for (;;) {
          try {
            const bytes = await next();
            if (bytes === null) sink.close();
            else sink.enqueue(bytes);
            return;
          } catch (error) {
            if (!(error instanceof UnreachableError) || triesLeft === 0) throw error;
            triesLeft -= 1;
            const rest = await reopen(received);
            if (rest === null) throw error;
            reader = rest.getReader();
          }
        }
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
