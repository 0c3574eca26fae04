/**
 * What a simulated worker does for its living. `spec.simulate` of the document says how it goes, in this order:
 * `sleepMs`, `fail` (`once`, `always`, `on:<worker>`), `kill` (`always`, `on:<worker>`: the process dies of it), `hang`
 * (never ends), `gate` (waits until the test opens it), `result` (the whole result), `echo` (any value, returned as
 * `result.echo`), `upload` (`{name, sizeBytes}`), `sign` (result and files say which attempt made them), `datasetSize`
 * (for `data.split`), `padTo` (each output of an inference has at least so many characters), `loseEvent` (its last TASK event never reaches Redis), `loseIdle` (nor does its last status),
 * `idleAfterMs` (that comes so late).
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { httpDestination, sha256, taskDirectory, upload } from './delivery.mjs';

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const forEver = () => new Promise(() => undefined);

/**
 * Runs one task; throws with the text of its TASK_FAILED.
 * @param {Record<string, any>} message
 * @param {import('./worker.mjs').StockWorker} worker
 * @returns {Promise<unknown>} the bare result
 */
export async function execute(message, worker) {
  const spec = message.task?.spec ?? {};
  const simulate = spec.simulate ?? {};
  if (simulate.sleepMs > 0) await sleep(simulate.sleepMs);
  failIfTold(simulate.fail, message.task_id, worker);
  if (simulate.kill === 'always' || simulate.kill === `on:${worker.id}`) {
    process.kill(process.pid, 'SIGKILL');
    await forEver();
  }
  if (simulate.hang === true) await forEver();
  if (typeof simulate.gate === 'string') await worker.around.gates.pass(simulate.gate);
  const loaded = await loadCheckpoint(spec);
  if ('result' in simulate) return simulate.result;
  return {
    ok: true,
    task_type: message.task_type,
    ...(simulate.sign === true ? { made_by: { worker: worker.id, attempt_id: message.attempt_id } } : {}),
    ...('echo' in simulate ? { echo: simulate.echo } : {}),
    ...(spec._upstreamResults === undefined ? {} : { upstream: Object.keys(spec._upstreamResults) }),
    ...(loaded === null ? {} : { loaded_sha256: loaded }),
    ...infer(spec),
    ...(simulate.upload === undefined ? {} : await train(simulate, message, worker)),
  };
}

/**
 * @param {unknown} fail
 * @param {string} taskId
 * @param {import('./worker.mjs').StockWorker} worker
 */
function failIfTold(fail, taskId, worker) {
  const { failedOnce } = worker.around;
  const told =
    fail === 'always' || fail === `on:${worker.id}` || (fail === 'once' && !failedOnce.has(taskId));
  if (!told) return;
  failedOnce.add(taskId);
  throw new Error(`simulated failure on ${worker.id}`);
}

/**
 * `spec.checkpoint.load` names an archive by url (fetched with its own headers alone) or by path.
 * @param {Record<string, any>} spec
 * @returns {Promise<string | null>} the digest of what was loaded
 */
async function loadCheckpoint(spec) {
  const load = spec.checkpoint?.load;
  if (typeof load?.path === 'string') return sha256(await readFile(load.path));
  if (typeof load?.url !== 'string') return null;
  const response = await fetch(load.url, { headers: load.headers ?? {} });
  if (response.status >= 400) throw new Error(`checkpoint download answered ${String(response.status)}`);
  return sha256(new Uint8Array(await response.arrayBuffer()));
}

/**
 * Items come out as they went in, so that a test sees what was left out, doubled or out of order.
 * @param {Record<string, any>} spec
 */
function infer(spec) {
  const inputs = Array.isArray(spec.data?.items) ? spec.data.items : rowsOf(spec);
  if (inputs === null) return {};
  const items = inputs.map((/** @type {unknown} */ input, /** @type {number} */ index) => ({
    index,
    input,
    output: `out:${typeof input === 'string' ? input : JSON.stringify(input)}`.padEnd(
      spec.simulate?.padTo ?? 0,
      '.',
    ),
  }));
  return {
    items,
    usage: { total_tokens: items.length },
    model: spec.model?.source?.identifier ?? 'simulated',
  };
}

/**
 * The rows that a dataset library gives for `train`, `train[10%:30%]` or `train[5:20]`.
 * @param {Record<string, any>} spec
 * @returns {number[] | null}
 */
function rowsOf(spec) {
  const size = spec.simulate?.datasetSize;
  const split = spec.data?.split;
  if (typeof size !== 'number' || typeof split !== 'string') return null;
  const cut = /^\w+(?:\[(-?\d+%?)?:(-?\d+%?)?\])?$/.exec(split);
  if (cut === null) throw new Error(`the dataset library does not read the split ${split}`);
  /** @param {string | undefined} text @param {number} fallback */
  const row = (text, fallback) => {
    if (text === undefined) return fallback;
    return text.endsWith('%') ? Math.round((Number(text.slice(0, -1)) * size) / 100) : Number(text);
  };
  const [from, to] = [row(cut[1], 0), row(cut[2], size)];
  return Array.from({ length: Math.max(0, to - from) }, (_, index) => from + index);
}

/**
 * A trainer's end: over HTTP the archive is uploaded, otherwise it stays in the task's directory.
 * @param {{ upload: { name: string, sizeBytes: number }, sign?: boolean }} simulate
 * @param {Record<string, any>} message
 * @param {import('./worker.mjs').StockWorker} worker
 */
async function train({ upload: wanted, sign = false }, message, worker) {
  const about = [message.task_id, wanted.name, ...(sign ? [message.attempt_id] : [])];
  const bytes = Buffer.alloc(wanted.sizeBytes, `${about.join('/')};`);
  const kind = wanted.name.startsWith('final_lora') ? 'final_lora' : 'final_model';
  const digest = sha256(bytes);
  if (httpDestination(message) === null) {
    const directory = taskDirectory(message, worker);
    await mkdir(directory, { recursive: true });
    await writeFile(join(directory, wanted.name), bytes);
    return { saved_sha256: digest, [`${kind}_path`]: join(directory, wanted.name) };
  }
  const url = await upload(message, wanted.name, bytes, worker);
  return { saved_sha256: digest, ...(url === null ? {} : { [`${kind}_archive_url`]: url }) };
}
