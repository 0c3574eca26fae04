/** Sends commands to Redis and waits for their answers, of which it only needs to know that none is an error. */
import { once } from 'node:events';
import { connect } from 'node:net';

const LINE_END = 10;
const ERROR = '-';

export class Mouth {
  #socket;
  /** Commands of this turn. */
  #said = '';
  /** Lines of answers that are still to come, oldest first, for each that waits. */
  #waiting = [];

  /** For commands whose answer is one line: an integer, a simple string or an error. */
  static async open(url) {
    const { hostname, port } = new URL(url);
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    await once(socket, 'connect');
    return new Mouth(socket);
  }

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#hear(bytes));
  }

  /** In one write with all that is said in this turn. Resolves when all are answered. */
  say(commands) {
    if (this.#said === '') setImmediate(() => this.#send());
    this.#said += commands.map(encoded).join('');
    return new Promise((resolve) => this.#waiting.push({ left: commands.length, resolve }));
  }

  #send() {
    this.#socket.write(this.#said);
    this.#said = '';
  }

  #hear(bytes) {
    if (bytes.includes(ERROR)) throw new Error(`Redis refused what a worker said: ${bytes}`);
    for (let at = bytes.indexOf(LINE_END); at !== -1; at = bytes.indexOf(LINE_END, at + 1)) {
      const [first] = this.#waiting;
      first.left -= 1;
      if (first.left > 0) continue;
      this.#waiting.shift();
      first.resolve();
    }
  }
}

const encoded = (command) => `*${command.length}\r\n${command.map(bulk).join('')}`;
const bulk = (text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
