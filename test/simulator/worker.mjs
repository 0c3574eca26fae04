/**
 * One stock worker, to the letter of the protocol: it registers before it listens, runs one task at a time,
 * keeps no attempt, posts once, and speaks the dialect of its variety.
 */
import { Redis } from 'ioredis';
import { deliver } from './delivery.mjs';
import { execute } from './executor.mjs';

/**
 * @typedef {object} WorkerOptions
 * @property {string} id
 * @property {'older' | 'newer'} variety
 * @property {number | null} [cores]
 * @property {number | null} [memoryBytes]
 * @property {Record<string, unknown>[]} [gpus] as they go into `hardware_json`; index and uuid are added
 * @property {string | null} [ip]
 * @property {number} [setupDelayMs] between its first heartbeat and its subscription
 * @property {number} [heartbeatMs]
 * @property {number} [heartbeatKeyTtlSec]
 * @property {number} [returnsAfterMs] when Redis drops its subscription it ends the task in its hands, as a loop that
 *   blocks on its task does, and after so long a new process takes its place under a new id
 * @property {Record<string, string>} [rawHash] fields that override the hash, holes and nonsense included
 */

/**
 * @typedef {object} Surroundings what the workers of one process share
 * @property {string} redisUrl
 * @property {string} resultsDir
 * @property {string} topic
 * @property {import('ioredis').Redis} commands
 * @property {{ pass(name: string): Promise<void> }} gates
 * @property {Set<string>} failedOnce
 * @property {(worker: StockWorker) => void} replace starts its successor when it is due
 * @property {(line: Record<string, unknown>) => void} say
 */

export const GIB = 1024 ** 3;
/** What the message class of newer workers carries even where it says nothing. */
export const BLANK = {
  task_id: null,
  status: null,
  tags: null,
  extra: null,
  metrics: null,
  payload: null,
  result: null,
  error: null,
};
/** Seconds; the protocol's own floor for the heartbeat key. */
export const HEARTBEAT_KEY_TTL = 120;

const now = () => new Date().toISOString();
/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class StockWorker {
  /** @type {Record<string, any>[]} */
  #inbox = [];
  #busy = false;
  /** It has a task and has not said IDLE since. */
  #holds = false;
  #gone = false;
  /** @type {NodeJS.Timeout | undefined} */
  #pulse;
  /** @type {import('ioredis').Redis | undefined} */
  #ears;
  /** @type {Promise<void>} */
  #working = Promise.resolve();
  #startedAt = now();

  /**
   * @param {WorkerOptions} options
   * @param {Surroundings} around
   */
  constructor(options, around) {
    this.options = options;
    this.around = around;
    this.id = options.id;
    this.newer = options.variety === 'newer';
  }

  /** Registration, IDLE, the first heartbeat; the executors' set-up; and only then the subscription. */
  async start() {
    if (!(await this.#register()) && this.options.returnsAfterMs !== undefined) {
      // Its process ends with that, and is started again.
      this.vanish();
      this.around.replace(this);
      return;
    }
    await this.#status('IDLE');
    await this.#heartbeat();
    this.#pulse = setInterval(() => void this.#heartbeat(), this.options.heartbeatMs ?? 250);
    await sleep(this.options.setupDelayMs ?? 0);
    if (this.#gone) return;
    await this.#listen();
  }

  /** A clean stop: what SIGINT does, also in the middle of a task. */
  async unregister() {
    if (this.#gone) return;
    this.vanish();
    await this.#quietly(
      this.around.commands
        .multi()
        .srem('workers:ids', this.id)
        .del(this.#key, `${this.#key}:hb`)
        .publish('workers.events', this.#event('UNREGISTER', {}))
        .exec(),
    );
    this.#say('unregistered');
  }

  /** A crash: it says nothing, hears nothing, and the task in its hands is never finished. */
  vanish() {
    this.#gone = true;
    clearInterval(this.#pulse);
    this.#ears?.disconnect();
    this.#inbox = [];
  }

  /** Its subscription is gone though everything else goes on: it says IDLE and hears nothing. */
  deafen() {
    this.#ears?.removeAllListeners('end');
    this.#ears?.disconnect();
  }

  /** The machine is cut off for a while: no heartbeats, though the process lives. */
  silence() {
    clearInterval(this.#pulse);
  }

  async speak() {
    clearInterval(this.#pulse);
    await this.#heartbeat();
    this.#pulse = setInterval(() => void this.#heartbeat(), this.options.heartbeatMs ?? 250);
  }

  get #key() {
    return `worker:${this.id}`;
  }

  async #register() {
    const tags = ['simulated', this.options.variety];
    const env = { PYTHON_VERSION: '3.11' };
    const hash = {
      worker_id: this.id,
      status: 'STARTING',
      started_at: this.#startedAt,
      pid: String(process.pid),
      env_json: JSON.stringify(env),
      hardware_json: JSON.stringify(this.#hardware()),
      tags_json: JSON.stringify(tags),
      last_seen: now(),
      ...(this.newer ? { cost_per_hour: '1.25' } : {}),
      ...this.options.rawHash,
    };
    const registration = this.newer
      ? { status: 'STARTING', payload: { env, hardware: this.#hardware(), tags, cost_per_hour: 1.25 } }
      : { status: 'STARTING', tags };
    const isRegistered = await this.around.commands
      .multi()
      .sadd('workers:ids', this.id)
      .hset(this.#key, hash)
      .publish('workers.events', this.#event('REGISTER', registration))
      .exec()
      .then(
        () => true,
        () => false,
      );
    if (isRegistered) this.#say('registered');
    return isRegistered;
  }

  #hardware() {
    const { cores = 8, memoryBytes = 32 * GIB, gpus = [], ip = '127.0.0.1' } = this.options;
    return {
      cpu: { logical_cores: cores, model: 'Simulated CPU' },
      memory: { total_bytes: memoryBytes },
      gpu: {
        driver_version: gpus.length > 0 ? '550.54' : null,
        cuda_version: gpus.length > 0 ? '12.4' : null,
        gpus: gpus.map((gpu, index) => ({ index, uuid: `GPU-${this.id}-${String(index)}`, ...gpu })),
      },
      network: { ip, ...(this.newer ? { bandwidth_bytes_per_sec: 1.25e9 } : {}) },
    };
  }

  async #heartbeat() {
    const at = now();
    const metrics = { load_avg: [0.1, 0.1, 0.1], ...(this.newer ? { uptime_sec: process.uptime() } : {}) };
    await this.#quietly(
      this.around.commands
        .pipeline()
        .set(`${this.#key}:hb`, at, 'EX', this.options.heartbeatKeyTtlSec ?? HEARTBEAT_KEY_TTL)
        .hset(this.#key, 'last_seen', at)
        .publish('workers.events', this.#event('HEARTBEAT', { metrics }))
        .exec(),
    );
    this.#say('heartbeat');
  }

  /**
   * @param {'IDLE' | 'RUNNING'} status
   * @param {Record<string, string>} [extra]
   */
  async #status(status, extra = {}) {
    const fields = Object.fromEntries(Object.entries(extra).map(([key, value]) => [`extra_${key}`, value]));
    await this.#quietly(
      this.around.commands
        .pipeline()
        .hset(this.#key, { status, ...fields })
        .publish(
          'workers.events',
          this.#event('STATUS', { status, ...(this.newer ? { payload: extra } : { extra }) }),
        )
        .exec(),
    );
  }

  /** A subscription ends for good when Redis drops its connection, and with it the worker. */
  async #listen() {
    const ears = new Redis(this.around.redisUrl, { retryStrategy: () => null, autoResubscribe: false });
    this.#ears = ears;
    ears.on('error', () => undefined);
    ears.on('end', () => {
      if (this.#gone) return;
      this.#say('deaf');
      if (this.options.returnsAfterMs === undefined) this.vanish();
      else void this.#leave();
    });
    ears.on('message', (_channel, text) => this.#hear(text));
    await this.#quietly(ears.subscribe(this.around.topic).then(() => this.#say('listening')));
  }

  /** What it heard but did not begin is lost with its subscription; the task in its hands is not. */
  async #leave() {
    this.#inbox = [];
    await this.#working;
    this.vanish();
    this.around.replace(this);
  }

  /** @param {string} text */
  #hear(text) {
    const message = JSON.parse(text);
    if (message.assigned_worker !== this.id || this.#gone) return;
    this.#say('received', { task_id: message.task_id, busy: this.#holds, message });
    this.#holds = true;
    this.#inbox.push(message);
    if (!this.#busy) this.#working = this.#work();
  }

  async #work() {
    this.#busy = true;
    for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) {
      await this.#run(message);
    }
    this.#busy = false;
  }

  /** @param {Record<string, any>} message */
  async #run(message) {
    const taskId = message.task_id;
    this.#holds = true;
    const startedAt = now();
    await this.#status('RUNNING', { task_id: taskId });
    const echo = { dispatched_at: message.dispatched_at, started_at: startedAt, taskType: message.task_type };
    if (this.newer) await this.#tell('TASK_STARTED', { task_id: taskId, payload: echo });
    this.#say('started', { task_id: taskId });
    /** @type {string | null} */
    let error = null;
    try {
      const result = await execute(message, this);
      if (this.#gone) return;
      await deliver(message, result, this);
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    if (this.#gone) return;
    const payload = { ...echo, finished_at: now(), runtime_sec: (Date.now() - Date.parse(startedAt)) / 1000 };
    const outcome = error === null ? { result: {} } : { error };
    const type = error === null ? 'TASK_SUCCEEDED' : 'TASK_FAILED';
    if (message.task?.spec?.simulate?.loseEvent !== true) {
      await this.#tell(type, { task_id: taskId, ...outcome, ...(this.newer ? { payload } : {}) });
    }
    this.#say('finished', { task_id: taskId, attempt_id: message.attempt_id, type, error });
    this.#holds = this.#inbox.length > 0;
    if (message.task?.spec?.simulate?.loseIdle === true) return;
    await sleep(message.task?.spec?.simulate?.idleAfterMs ?? 0);
    await this.#status('IDLE', { last_task: taskId });
  }

  /**
   * @param {string} type
   * @param {Record<string, unknown>} fields
   */
  async #tell(type, fields) {
    await this.#quietly(this.around.commands.publish('tasks.events', this.#event(type, fields)));
  }

  /**
   * Newer workers send every field of their message class, null where there is nothing to say.
   * @param {string} type
   * @param {Record<string, unknown>} fields
   */
  #event(type, fields) {
    const blank = this.newer ? BLANK : {};
    return JSON.stringify({ ...blank, type, worker_id: this.id, ts: now(), ...fields });
  }

  /** @param {Promise<unknown>} promise */
  async #quietly(promise) {
    await promise.catch(() => undefined);
  }

  /**
   * @param {string} event
   * @param {Record<string, unknown>} [fields]
   */
  #say(event, fields = {}) {
    this.around.say({ event, worker: this.id, ...fields });
  }
}
