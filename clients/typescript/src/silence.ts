/** `fetch` that ends when the other side is silent: before its answer, or in the middle of it. */
import { UnreachableError } from './problem';

type Fetch = (request: Request) => Promise<Response>;

/** Timers know no longer time: 24 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** The answer to a file comes after the file, and how long that takes only its sender can say. */
const CARRIES_A_FILE: readonly string[] = ['PUT', 'PATCH'];

/**
 * The limit holds for each silence alone, so that an answer that keeps coming may take as long as it takes; while nobody
 * reads it, nothing is counted.
 * @throws the reason of the request's signal when that is aborted; `UnreachableError` out of the body of an answer that
 *   breaks off
 */
export function impatient(fetch: Fetch, limitMs: number): Fetch {
  return async (request) => {
    const silence = new AbortController();
    const listen = async <T>(heard: Promise<T>): Promise<T> => {
      if (limitMs > LONGEST_TIMER_MS) return heard;
      const timer = setTimeout(() => {
        silence.abort(new Error(`nothing was heard for ${String(limitMs / 1_000)} s`));
      }, limitMs);
      return heard.finally(() => {
        clearTimeout(timer);
      });
    };
    const signal = AbortSignal.any([request.signal, silence.signal]);
    const asked = fetch(new Request(request, { signal }));
    const response = await (CARRIES_A_FILE.includes(request.method) ? asked : listen(asked));
    if (response.body === null) return response;
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(sink) {
          try {
            const { done, value } = await listen(reader.read());
            if (done) sink.close();
            else sink.enqueue(value);
          } catch (thrown) {
            request.signal.throwIfAborted();
            throw new UnreachableError(new URL(request.url).origin, thrown, 'broke off');
          }
        },
        cancel: (reason) => reader.cancel(reason),
      },
      { highWaterMark: 0 },
    );
    return new Response(body, response);
  };
}
