/** How a simulated worker hands its work over: a file in its results directory, one POST, uploads as multipart. */
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';

const DEFAULT_TIMEOUT_SEC = 15;

/** @param {Uint8Array | string} bytes */
export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Monotonic, and the same for all processes of a machine. */
export const sharedClockMs = () => Number(process.hrtime.bigint() / 1000n) / 1000;

/**
 * @param {Record<string, any>} message
 * @returns {{ url: string, headers: Record<string, string>, timeoutMs: number } | null}
 */
export function httpDestination(message) {
  const destination = message.task?.spec?.output?.destination;
  if (destination?.type !== 'http' || typeof destination.url !== 'string') return null;
  return {
    url: destination.url,
    headers: { ...destination.headers },
    timeoutMs: Number(destination.timeoutSec ?? DEFAULT_TIMEOUT_SEC) * 1000,
  };
}

/**
 * `<RESULTS_DIR>/<task_id>`, or below `output.destination.path` when the destination is local.
 * @param {Record<string, any>} message
 * @param {import('./worker.mjs').StockWorker} worker
 */
export function taskDirectory(message, worker) {
  const destination = message.task?.spec?.output?.destination;
  const below = destination?.type === 'local' && typeof destination.path === 'string' ? destination.path : '';
  return join(resolve(worker.around.resultsDir, below), message.task_id);
}

/**
 * Writes the bare result locally, then posts it once when the document says so; a refusal is the task's failure.
 * @param {Record<string, any>} message
 * @param {unknown} result
 * @param {import('./worker.mjs').StockWorker} worker
 */
export async function deliver(message, result, worker) {
  const directory = taskDirectory(message, worker);
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, 'responses.json'), JSON.stringify(result));
  if (worker.newer) {
    await writeFile(
      join(directory, 'manifest.json'),
      JSON.stringify({ task_id: message.task_id, files: [] }),
    );
  }
  const destination = httpDestination(message);
  if (destination === null) return;
  const about = {
    worker: worker.id,
    task_id: message.task_id,
    attempt_id: message.attempt_id,
    sha256: sha256(JSON.stringify(result)),
    sent_at: sharedClockMs(),
    headers: Object.keys(destination.headers),
  };
  worker.around.say({ event: 'sending', ...about, name: null });
  const { status, body } = await post(destination.url, {
    headers: withContentType(destination.headers, 'application/json'),
    body: JSON.stringify({ task_id: message.task_id, result, worker_id: worker.id }),
    timeoutMs: destination.timeoutMs,
  }).catch((/** @type {unknown} */ thrown) => {
    worker.around.say({ event: 'post_failed', ...about, why: reasonOf(thrown) });
    throw thrown;
  });
  worker.around.say({ event: 'posted', ...about, status, body });
  if (status >= 400) throw new Error(`result delivery answered ${String(status)}`);
}

/**
 * Over a connection of its own, as clients without a session do.
 * @param {string} url
 * @param {{ headers: Record<string, string>, body: string | Uint8Array, timeoutMs: number }} request
 */
async function post(url, { headers, body, timeoutMs }) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...headers, Connection: 'close' },
    body,
    signal: AbortSignal.timeout(timeoutMs),
  });
  return { status: response.status, body: await response.text() };
}

/** @param {unknown} thrown */
function reasonOf(thrown) {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? `${thrown.message}: ${thrown.cause.message}` : thrown.message;
}

/**
 * Uploads one archive; a failure only warns.
 * @param {Record<string, any>} message
 * @param {string} name
 * @param {Uint8Array} bytes
 * @param {import('./worker.mjs').StockWorker} worker
 * @returns {Promise<string | null>} the URL that goes into the result
 */
export async function upload(message, name, bytes, worker) {
  const destination = httpDestination(message);
  if (destination === null) return null;
  const url = `${destination.url.replace(/\/+$/, '')}/${message.task_id}/files`;
  const boundary = randomBytes(16).toString('hex');
  const opening = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${name}"\r\nContent-Type: application/zip\r\n\r\n`;
  const headers = worker.newer ? withoutContentType(destination.headers) : destination.headers;
  const about = {
    worker: worker.id,
    task_id: message.task_id,
    attempt_id: message.attempt_id,
    name,
    size: bytes.length,
    sha256: sha256(bytes),
    sent_at: sharedClockMs(),
  };
  worker.around.say({ event: 'sending', ...about });
  try {
    const { status, body } = await post(url, {
      headers: withContentType(headers, `multipart/form-data; boundary=${boundary}`),
      body: Buffer.concat([Buffer.from(opening), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
      timeoutMs: destination.timeoutMs,
    });
    worker.around.say({ event: 'uploaded', ...about, status, body });
    return status < 400 ? `${url}/${name}` : null;
  } catch (thrown) {
    worker.around.say({ event: 'upload_failed', ...about, why: reasonOf(thrown) });
    return null;
  }
}

/** @param {Record<string, string>} headers */
function withoutContentType(headers) {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'content-type'),
  );
}

/**
 * The document's own Content-Type wins, right or wrong.
 * @param {Record<string, string>} headers
 * @param {string} fallback
 */
function withContentType(headers, fallback) {
  const given = Object.keys(headers).some((name) => name.toLowerCase() === 'content-type');
  return given ? headers : { ...headers, 'Content-Type': fallback };
}
