/**
 * What is heard on Redis: when a dispatch message was on the wire, which tasks have ended and how. Heard in the
 * process that also sends, so that both times are of one clock.
 */
import { Redis } from 'ioredis';

const WAIT_MS = 60_000;
/** As the service writes them; a text search is cheap enough not to be measured with what is measured. */
const ENDED = '"type":"TASK_ENDED"';
const OURS = '"source":"orchestrator"';

export class Ears {
  #redis;
  /** @type {Map<string, number>} when the first message of a task was heard */
  dispatched = new Map();
  /** @type {Map<string, number>} when a task was heard to end */
  ended = new Map();
  /** @type {Set<{ look: () => unknown, resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Set();
  /** @type {Error | undefined} */
  #failure;

  /**
   * @param {import('./bench.mjs').Bench} bench
   * @param {{ url: string }} redis
   */
  static async open(bench, redis) {
    const ears = new Ears(redis.url);
    bench.whenOver(async () => ears.#redis.disconnect());
    await ears.#redis.subscribe('tasks', 'tasks.events');
    return ears;
  }

  constructor(url) {
    this.#redis = new Redis(url);
    this.#redis.on('error', () => undefined);
    this.#redis.on('message', (channel, text) => this.#hear(channel, text));
  }

  reset() {
    this.dispatched.clear();
    this.ended.clear();
  }

  /** Resolves once `look` gives something other than undefined; looks after every message. */
  async until(what, look) {
    if (this.#failure !== undefined) throw this.#failure;
    const found = look();
    if (found !== undefined) return found;
    return new Promise((resolve, reject) => {
      const settle = (how) => (value) => {
        clearTimeout(timer);
        this.#waiting.delete(waiting);
        how(value);
      };
      const waiting = { look, resolve: settle(resolve), reject: settle(reject) };
      const timer = setTimeout(() => waiting.reject(new Error(`waited in vain for ${what}`)), WAIT_MS);
      this.#waiting.add(waiting);
    });
  }

  /** When the task was sent to its worker. */
  sent(taskId) {
    return this.until(`a message for ${taskId}`, () => this.dispatched.get(taskId));
  }

  /** When the task was done. */
  done(taskId) {
    return this.until(`the end of ${taskId}`, () => this.ended.get(taskId));
  }

  #hear(channel, text) {
    const at = performance.now();
    if (channel === 'tasks') {
      const { task_id: taskId } = JSON.parse(text);
      if (!this.dispatched.has(taskId)) this.dispatched.set(taskId, at);
    } else {
      if (!text.includes(ENDED) || !text.includes(OURS)) return;
      const { task_id: taskId, status } = JSON.parse(text);
      if (status !== 'DONE') this.#fail(new Error(`a task ended otherwise: ${text}`));
      this.ended.set(taskId, at);
    }
    for (const { look, resolve } of this.#waiting) {
      const value = look();
      if (value !== undefined) resolve(value);
    }
  }

  #fail(error) {
    this.#failure = error;
    for (const { reject } of this.#waiting) reject(error);
  }
}
