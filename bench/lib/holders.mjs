/**
 * Workers that take one task each and hold it, so that a measure of results or files has tasks in flight to post for. To
 * the letter of the protocol as Redis sees it, up to TASK_STARTED; what comes after that is the measure's to send. They
 * share two connections: a real machine has one worker, and a thousand subscribers here would measure this process.
 */
import { Redis } from 'ioredis';
import { HEARTBEAT_KEY_TTL } from '../../test/simulator/worker.mjs';
import { wide } from './documents.mjs';
import { enqueue } from './sides.mjs';
import { until } from './until.mjs';

const TOPIC = 'tasks';
/** How often each sends one; they do so one after the other, as a fleet does. */
const HEARTBEAT_SEC = 30;
const HARDWARE = JSON.stringify({ cpu: { logical_cores: 1 }, memory: { total_bytes: 2 * 2 ** 30 } });

const now = () => new Date().toISOString();
const told = (type, worker, fields) => JSON.stringify({ type, worker_id: worker, ts: now(), ...fields });

/** What whoever posts for a task has to know. The headers name its attempt. @typedef {{ taskId: string, workerId: string, headers: Record<string, string> }} Held */

/**
 * As many tasks as workers, all RUNNING when this returns, and held until the bench is over.
 * @param {Side} side
 * @returns {Promise<Held[]>}
 */
export async function tasksInFlight(side, count) {
  const crew = await Holders.hire(side, count);
  return crew.takeOn();
}

/** @typedef {{ bench: import('./bench.mjs').Bench, redis: { url: string, client: Redis }, service: { url: string }, url: string }} Side what `withService` gives */
export class Holders {
  #side;
  #count;
  /** @type {Map<string, Held & { dispatchedAt: string }>} */
  #held = new Map();

  /** @param {Side} side */
  static async hire(side, count) {
    await register(side.bench, side.redis.client, count);
    return new Holders(side, count);
  }

  constructor(side, count) {
    this.#side = side;
    this.#count = count;
  }

  /** A task for each. @returns {Promise<Held[]>} all of them RUNNING */
  async takeOn() {
    const { redis, service, url } = this.#side;
    const ears = new Redis(redis.url);
    const held = new Map();
    let running = 0;
    let failure;
    ears.on('message', (channel, text) => {
      const message = JSON.parse(text);
      if (channel === TOPIC) {
        const { task_id: taskId, assigned_worker: workerId, dispatched_at: dispatchedAt, task } = message;
        if (held.has(taskId)) failure = new Error(`task ${taskId} was sent twice`);
        held.set(taskId, {
          taskId,
          workerId,
          dispatchedAt,
          headers: task.spec.output.destination.headers,
        });
        take(redis.client, message).catch((error) => (failure = error));
      } else if (message.source === 'orchestrator' && message.type === 'TASK_RUNNING') running += 1;
    });
    try {
      await ears.subscribe(TOPIC, 'tasks.events');
      const output = { destination: `${service.url}/api/v1/results` };
      await enqueue(url, this.#count, (nodes, index) => wide(`held-${index}`, nodes, output));
      await until(`${this.#count} tasks to run`, () => {
        if (failure !== undefined) throw failure;
        return running >= this.#count;
      });
    } finally {
      // Nothing else is sent; what is told from now on is the measure's to hear.
      ears.disconnect();
    }
    this.#held = held;
    return [...held.values()];
  }

  /** Their results are posted: each says that it has ended, and is idle. */
  async finish() {
    const commands = this.#side.redis.client.pipeline();
    for (const { taskId, workerId, dispatchedAt } of this.#held.values()) {
      const payload = { dispatched_at: dispatchedAt };
      commands.publish('tasks.events', told('TASK_SUCCEEDED', workerId, { task_id: taskId, payload }));
      idle(commands, workerId);
    }
    await commands.exec();
  }
}

async function register(bench, client, count) {
  const ids = Array.from({ length: count }, (_, index) => `holder-${index}`);
  const commands = client.pipeline();
  for (const id of ids) {
    const key = `worker:${id}`;
    commands
      .multi()
      .sadd('workers:ids', id)
      .hset(key, {
        worker_id: id,
        status: 'STARTING',
        started_at: now(),
        pid: process.pid,
        hardware_json: HARDWARE,
      })
      .publish('workers.events', told('REGISTER', id, { status: 'STARTING' }))
      .exec();
    idle(commands, id);
    beat(commands, id);
  }
  await commands.exec();
  let next = 0;
  const pulse = setInterval(() => {
    const beats = client.pipeline();
    for (let left = Math.ceil(count / HEARTBEAT_SEC); left > 0; left -= 1, next += 1)
      beat(beats, ids[next % count]);
    beats.exec().catch(() => undefined);
  }, 1_000);
  bench.whenOver(async () => clearInterval(pulse));
}

function idle(commands, id) {
  commands
    .hset(`worker:${id}`, { status: 'IDLE', last_seen: now() })
    .publish('workers.events', told('STATUS', id, { status: 'IDLE' }));
}

function beat(commands, id) {
  commands
    .set(`worker:${id}:hb`, now(), 'EX', HEARTBEAT_KEY_TTL)
    .publish('workers.events', told('HEARTBEAT', id, { metrics: {} }));
}

async function take(client, { task_id: taskId, assigned_worker: id, dispatched_at: dispatchedAt }) {
  await client
    .pipeline()
    .hset(`worker:${id}`, { status: 'RUNNING', extra_task_id: taskId })
    .publish('workers.events', told('STATUS', id, { status: 'RUNNING', payload: { task_id: taskId } }))
    .publish(
      'tasks.events',
      told('TASK_STARTED', id, { task_id: taskId, payload: { dispatched_at: dispatchedAt } }),
    )
    .exec();
}
