/**
 * Simulated instant workers, many in one process, for the benches: each speaks the protocol as Redis and HTTP see it,
 * and does its task in no time. Two things differ from workers of the field, so that the bench does not measure them.
 * The process hears the task channel once for all of its workers and hands each message to the one that is named: a
 * real machine has one worker, and fifty subscribers in one process would be most of the load. And what workers say in
 * one turn leaves in one write, in the order of the protocol, by a client that does no more than that, as do the one that
 * hears and the one that posts results; the work begins without a wait for Redis' answer.
 * Where documents are timed one by one, their client is here too: `client.mjs`.
 *
 * Argument: `{ redisUrl, resultsDir, prefix?, topic? }`; with a `resultsDir` of null their disk is not ours, and what they
 * write there is not simulated. Commands: `{do:'add', count, cores?}`, `{do:'leave'}`, `{do:'counts'}`,
 * `{do:'ran', tasks}`, and `{do:'time', what, …}`, with what that function of `client.mjs` wants.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Redis } from 'ioredis';
import { BLANK, GIB, HEARTBEAT_KEY_TTL } from '../../test/simulator/worker.mjs';
import { post } from '../lib/post.mjs';
import { serve, settings } from '../lib/steering.mjs';
import * as client from './client.mjs';
import { listen } from './ear.mjs';
import { Ears } from './ears.mjs';
import { Mouth } from './mouth.mjs';

const { redisUrl, resultsDir, prefix = 'bench', topic = 'tasks' } = settings;
const HEARTBEAT_MS = 30_000;

const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
const mouth = await Mouth.open(redisUrl);
const now = () => new Date().toISOString();

const counted = { messages: 0, duplicates: 0, overlaps: 0, failures: 0 };
const seen = new Set();
let ended = 0;
/** Who waits for how many of them. @type {{ tasks: number, resolve: () => void } | undefined} */
let awaited;
/** @type {Map<string, { id: string, inbox: any[], isBusy: boolean, pulse: NodeJS.Timeout }>} */
const workers = new Map();
let named = 0;

const event = (worker, type, fields) =>
  JSON.stringify({ type, worker_id: worker.id, ts: now(), ...BLANK, ...fields });

function statusCommands(worker, status, extra = {}) {
  const fields = Object.entries(extra).flatMap(([key, value]) => [`extra_${key}`, value]);
  return [
    ['HSET', `worker:${worker.id}`, 'status', status, ...fields],
    ['PUBLISH', 'workers.events', event(worker, 'STATUS', { status, payload: extra })],
  ];
}

const eventCommand = (worker, type, fields) => ['PUBLISH', 'tasks.events', event(worker, type, fields)];

async function register(worker, { cores = 8 }) {
  const env = { PYTHON_VERSION: '3.11' };
  const tags = ['simulated', 'newer'];
  const hardware = {
    cpu: { logical_cores: cores, model: 'Simulated CPU' },
    memory: { total_bytes: 32 * GIB },
    gpu: { driver_version: null, cuda_version: null, gpus: [] },
    network: { ip: '127.0.0.1', bandwidth_bytes_per_sec: 1.25e9 },
  };
  const hash = {
    worker_id: worker.id,
    status: 'STARTING',
    started_at: now(),
    pid: String(process.pid),
    env_json: JSON.stringify(env),
    hardware_json: JSON.stringify(hardware),
    tags_json: JSON.stringify(tags),
    last_seen: now(),
    cost_per_hour: '1.25',
  };
  const payload = { env, hardware, tags, cost_per_hour: 1.25 };
  await redis
    .multi()
    .sadd('workers:ids', worker.id)
    .hset(`worker:${worker.id}`, hash)
    .publish('workers.events', event(worker, 'REGISTER', { status: 'STARTING', payload }))
    .exec();
  await mouth.say(statusCommands(worker, 'IDLE'));
  await beat(worker);
  // Workers of the field were not started at one moment, so their heartbeats do not come at one either.
  pulseIn(worker, Math.random() * HEARTBEAT_MS);
}

function pulseIn(worker, ms) {
  worker.pulse = setTimeout(() => {
    pulseIn(worker, HEARTBEAT_MS);
    void beat(worker);
  }, ms);
}

async function beat(worker) {
  const metrics = { load_avg: [0.1, 0.1, 0.1], uptime_sec: process.uptime() };
  await redis
    .pipeline()
    .set(`worker:${worker.id}:hb`, now(), 'EX', HEARTBEAT_KEY_TTL)
    .hset(`worker:${worker.id}`, 'last_seen', now())
    .publish('workers.events', event(worker, 'HEARTBEAT', { metrics }))
    .exec();
}

async function unregister(worker) {
  clearTimeout(worker.pulse);
  workers.delete(worker.id);
  await redis
    .multi()
    .srem('workers:ids', worker.id)
    .del(`worker:${worker.id}`, `worker:${worker.id}:hb`)
    .publish('workers.events', event(worker, 'UNREGISTER', {}))
    .exec();
}

/** There where something is timed: whoever hears of every event has less time for its work. */
let ears;

function hear(text) {
  const at = performance.now();
  const message = JSON.parse(text);
  ears?.noteSent(message.task_id, at);
  const worker = workers.get(message.assigned_worker);
  if (worker === undefined) return;
  counted.messages += 1;
  if (seen.has(message.task_id)) counted.duplicates += 1;
  else seen.add(message.task_id);
  worker.inbox.push(message);
  if (worker.isBusy) counted.overlaps += 1;
  else void work(worker);
}

/** The next message of its inbox, and then those that came too early, which never should. */
async function work(worker) {
  const message = worker.inbox.shift();
  if (message === undefined) return;
  worker.isBusy = true;
  await runTask(worker, message);
  if (!worker.isBusy) void work(worker);
}

async function runTask(worker, message) {
  const taskId = message.task_id;
  const from = performance.now();
  const echo = { dispatched_at: message.dispatched_at, started_at: now(), taskType: message.task_type };
  void mouth.say([
    ...statusCommands(worker, 'RUNNING', { task_id: taskId }),
    eventCommand(worker, 'TASK_STARTED', { task_id: taskId, payload: echo }),
  ]);
  let error = null;
  try {
    await deliver(worker, message);
  } catch (thrown) {
    counted.failures += 1;
    error = thrown.message;
  }
  const payload = { finished_at: now(), runtime_sec: (performance.now() - from) / 1_000, ...echo };
  const outcome = error === null ? { result: {} } : { error };
  const type = error === null ? 'TASK_SUCCEEDED' : 'TASK_FAILED';
  // What it says last lets the next task come, so it is free before that is written.
  worker.isBusy = false;
  await mouth.say([
    eventCommand(worker, type, { task_id: taskId, ...outcome, payload }),
    ...statusCommands(worker, 'IDLE', { last_task: taskId }),
  ]);
  ended += 1;
  if (ended === awaited?.tasks) awaited.resolve();
}

/** One POST where the document says so, else a file: in shared storage, or on a disk of its own. */
async function deliver(worker, { task_id: taskId, task }) {
  const { data, echo, output } = task.spec;
  const destination = output?.destination ?? {};
  const items = Array.isArray(data?.items) ? data.items.map((input, index) => ({ index, input })) : undefined;
  const result = { ok: true, echo, items };
  if (destination.type !== 'http') {
    if (resultsDir === null) return;
    const below = destination.type === 'local' ? (destination.path ?? '') : '';
    const directory = join(resolve(resultsDir, below), taskId);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'responses.json'), JSON.stringify(result));
    return;
  }
  const headers = { ...destination.headers, 'content-type': 'application/json' };
  const body = JSON.stringify({ task_id: taskId, result, worker_id: worker.id });
  const { status, text } = await post(destination.url, headers, body);
  if (status >= 400) throw new Error(`result delivery answered ${status}: ${text}`);
}

await listen(redisUrl, topic, hear);
serve(
  {},
  {
    async add({ count, ...hardware }) {
      const more = Array.from({ length: count }, () => {
        const worker = { id: `${prefix}-${named}`, inbox: [], isBusy: false, pulse: undefined };
        named += 1;
        workers.set(worker.id, worker);
        return worker;
      });
      await Promise.all(more.map((worker) => register(worker, hardware)));
      return { workers: workers.size };
    },
    async leave() {
      await Promise.all([...workers.values()].map(unregister));
      return { workers: workers.size };
    },
    async ran({ tasks }) {
      if (ended < tasks) await new Promise((resolve) => (awaited = { tasks, resolve }));
      return {};
    },
    async time({ what, ...amounts }) {
      ears ??= await Ears.open(redisUrl);
      return { times: await client[what](ears, amounts) };
    },
    counts: () => ({ workers: workers.size, tasks: seen.size, ...counted }),
  },
);
