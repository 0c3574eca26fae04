/**
 * A process full of stock workers, for tests: started with one JSON argument, steered by JSON lines on stdin,
 * telling on stdout, one JSON line each, what happens to its workers. Leaving stdin ends it without a word.
 *
 * Argument: `{ redisUrl, resultsDir, topic?, workers: WorkerOptions[] }`.
 * Commands: `{do:'add', workers: WorkerOptions[]}` · `{do:'open', gate}` · `{do:'reset'}` (all unregister, gates close) · `{do:'vanish'|'unregister'|'deafen'|'silence'|'speak', worker}`.
 */
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { sharedClockMs } from './delivery.mjs';
import { StockWorker } from './worker.mjs';

/**
 * @typedef {object} Settings
 * @property {string} redisUrl
 * @property {string} resultsDir what the workers of this process call RESULTS_DIR
 * @property {string} [topic] channel of the dispatch messages
 * @property {import('./worker.mjs').WorkerOptions[]} workers
 */

/** @type {Settings} */
const settings = JSON.parse(process.argv[2] ?? '{}');

/** Redis errors are swallowed, as stock workers do; one connection for the commands of all workers here. */
const commands = new Redis(settings.redisUrl, { maxRetriesPerRequest: 1, commandTimeout: 5_000 });
commands.on('error', () => undefined);

/**
 * `at`: milliseconds of the clock that all processes of a machine share.
 * @param {Record<string, unknown>} line
 */
function say(line) {
  process.stdout.write(`${JSON.stringify({ at: sharedClockMs(), ...line })}\n`);
}

/** What tasks wait for when their document says `simulate.gate`; a gate once opened stays open. */
const gates = {
  /** @type {Set<string>} */ open: new Set(),
  /** @type {Map<string, (() => void)[]>} */ waiting: new Map(),
  /** @param {string} name @returns {Promise<void>} */
  pass(name) {
    if (this.open.has(name)) return Promise.resolve();
    return new Promise((resolve) => this.waiting.set(name, [...(this.waiting.get(name) ?? []), resolve]));
  },
  /** @param {string} name */
  lift(name) {
    this.open.add(name);
    for (const go of this.waiting.get(name) ?? []) go();
    this.waiting.delete(name);
  },
  close() {
    this.open.clear();
    this.waiting.clear();
  },
};

/** @type {Map<string, StockWorker>} */
const workers = new Map();
/** Tasks that were failed here already, for `simulate.fail: once`. */
const failedOnce = new Set();

/** Successors of workers that left, before they are started. @type {Set<NodeJS.Timeout>} */
const successors = new Set();
let generation = 0;

/** A container is started again under another name. @param {StockWorker} worker */
function replace(worker) {
  const timer = setTimeout(() => {
    successors.delete(timer);
    generation += 1;
    const [name = worker.id] = worker.id.split('.');
    void add({ ...worker.options, id: `${name}.${String(generation)}` });
  }, worker.options.returnsAfterMs);
  successors.add(timer);
}

/** @param {import('./worker.mjs').WorkerOptions} options */
async function add(options) {
  const worker = new StockWorker(options, {
    redisUrl: settings.redisUrl,
    resultsDir: settings.resultsDir,
    topic: settings.topic ?? 'tasks',
    commands,
    gates,
    failedOnce,
    replace,
    say,
  });
  workers.set(options.id, worker);
  await worker.start();
}

/** As if the process had just begun. */
async function reset() {
  for (const timer of successors) clearTimeout(timer);
  successors.clear();
  await Promise.all([...workers.values()].map((worker) => worker.unregister()));
  workers.clear();
  failedOnce.clear();
  gates.close();
}

/** @param {string} line */
async function obey(line) {
  const command = JSON.parse(line);
  const worker = workers.get(command.worker);
  if (command.do === 'add') await Promise.all(command.workers.map(add));
  else if (command.do === 'reset') await reset();
  else if (command.do === 'open') gates.lift(command.gate);
  else if (command.do === 'silence') worker?.silence();
  else if (command.do === 'speak') await worker?.speak();
  else if (command.do === 'deafen') worker?.deafen();
  else if (command.do === 'vanish') worker?.vanish();
  else if (command.do === 'unregister') await worker?.unregister();
  say({ event: 'obeyed', do: command.do, worker: command.worker ?? null });
}

process.on('SIGINT', () => {
  void Promise.all([...workers.values()].map((worker) => worker.unregister())).finally(() => process.exit(0));
});

const steering = createInterface({ input: process.stdin });
steering.on('line', (line) => void obey(line));
steering.on('close', () => process.exit(0));

await Promise.all(settings.workers.map(add));
say({ event: 'ready', worker: null });
