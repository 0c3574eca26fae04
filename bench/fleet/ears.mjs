/** When tasks were sent to their workers, and when they ended, as the process of the workers hears of it. */
import { listen } from './ear.mjs';

const WAIT_MS = 60_000;
/** As the service writes them; a text search is cheap enough not to be measured with what is measured. */
const ENDED = '"type":"TASK_ENDED"';
const OURS = '"source":"orchestrator"';

export class Ears {
  /** @type {Map<string, number>} when the first message of a task was heard */
  dispatched = new Map();
  /** @type {Map<string, number>} when a task was heard to end */
  ended = new Map();
  /** @type {Set<{ look: () => unknown, resolve: (value: any) => void, reject: (error: Error) => void }>} */
  #waiting = new Set();
  /** @type {Error | undefined} */
  #failure;

  /** Hears of ends from now on; messages are for whoever hears them to note. */
  static async open(url) {
    const ears = new Ears();
    await listen(url, 'tasks.events', (text) => ears.#hear(text));
    return ears;
  }

  reset() {
    this.dispatched.clear();
    this.ended.clear();
  }

  /** A message for a worker was heard. */
  noteSent(taskId, at) {
    if (!this.dispatched.has(taskId)) this.dispatched.set(taskId, at);
    this.#look();
  }

  /** When the task was sent to its worker. */
  sent(taskId) {
    return this.#until(`a message for ${taskId}`, () => this.dispatched.get(taskId));
  }

  /** When the task was done. */
  done(taskId) {
    return this.#until(`the end of ${taskId}`, () => this.ended.get(taskId));
  }

  /** Resolves once `look` gives something other than undefined; looks after every message. */
  async #until(what, look) {
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

  #hear(text) {
    const at = performance.now();
    if (!text.includes(ENDED) || !text.includes(OURS)) return;
    const { task_id: taskId, status } = JSON.parse(text);
    if (status !== 'DONE') this.#fail(new Error(`a task ended otherwise: ${text}`));
    this.ended.set(taskId, at);
    this.#look();
  }

  #look() {
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
