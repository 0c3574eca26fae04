/** The three HTTP calls of a worker: post a result, upload a file, download an archive. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Destination, JsonObject } from './protocol';

type HttpDestination = NonNullable<Destination['http']>;

/** Waits before the second and the third try, in milliseconds. */
const RETRY_WAITS_MS = [500, 2_000];
const DOWNLOAD_TIMEOUT_MS = 60_000;

/**
 * Posts the result. A refusal (4xx) is final; a connection that breaks or a 5xx is tried again, which is safe:
 * the same bytes for the same task are taken once. Throws with the status and what the server said.
 */
export async function postResult(
  to: HttpDestination,
  body: { task_id: string; result: JsonObject; worker_id: string },
  signal: AbortSignal,
): Promise<void> {
  const headers = new Headers(to.headers);
  headers.set('Content-Type', 'application/json');
  await send(to.url, { method: 'POST', headers, body: JSON.stringify(body) }, to.timeoutSec, signal);
}

/** Uploads one file as multipart field `file`; the answer is the URL under which others can fetch it. */
export async function uploadFile(
  to: HttpDestination,
  taskId: string,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  signal: AbortSignal,
): Promise<string> {
  const url = `${to.url}/${taskId}/files`;
  const form = new FormData();
  form.set('file', new Blob([bytes], { type: 'application/zip' }), name);
  const headers = new Headers(to.headers);
  headers.delete('Content-Type'); // the boundary of the multipart body belongs there
  await send(url, { method: 'POST', headers, body: form }, to.timeoutSec, signal);
  return `${url}/${name}`;
}

/** Fetches a file whole. `headers` are those of the document: a signed URL needs none. */
export async function download(
  url: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(url, {
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS)]),
  });
  if (!response.ok) throw new Error(await describeFailure('GET', url, response));
  return new Uint8Array(await response.arrayBuffer());
}

async function send(url: string, init: RequestInit, timeoutSec: number, signal: AbortSignal): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const wait = RETRY_WAITS_MS[attempt];
    try {
      const response = await fetch(url, {
        ...init,
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutSec * 1000)]),
      });
      if (response.ok) {
        await response.arrayBuffer();
        return;
      }
      const failure = await describeFailure('POST', url, response);
      if (response.status < 500 || wait === undefined) throw new RefusedError(failure);
    } catch (error) {
      if (error instanceof RefusedError || signal.aborted || wait === undefined) throw error;
    }
    await sleep(wait, undefined, { signal });
  }
}

/** An answer that another try would not change. */
class RefusedError extends Error {}

async function describeFailure(method: string, url: string, response: Response): Promise<string> {
  const said = (await response.text()).slice(0, 500);
  const { origin, pathname } = new URL(url); // without the query: a signature is a secret
  return `${method} ${origin}${pathname} answered ${String(response.status)}: ${said}`;
}
