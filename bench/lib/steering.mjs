/** The other end of `Steered`, for peers and the fleet: says ready, answers commands one after the other, ends with its stdin. */
import { createInterface } from 'node:readline';

/** What the bench gave as the one argument. */
export const settings = JSON.parse(process.argv[2] ?? '{}');

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);

/**
 * @param {Record<string, unknown>} ready what the bench is told of this program, such as its `url`
 * @param {Record<string, (command: any) => unknown>} [commands] by the `do` of a command; what they return is the answer
 */
export function serve(ready, commands = {}) {
  let turn = Promise.resolve();
  const lines = createInterface({ input: process.stdin });
  lines.on('line', (line) => {
    const command = JSON.parse(line);
    turn = turn
      .then(() => commands[command.do](command))
      .then(
        (answer) => say(answer ?? {}),
        (error) => say({ error: error.stack ?? String(error) }),
      );
  });
  lines.on('close', () => process.exit(0));
  say({ ready: true, ...ready });
}

/** Listens on a free loopback port; resolves with the URL. */
export async function listen(app) {
  const server = await new Promise((resolve, reject) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
    listening.once('error', reject);
  });
  return `http://127.0.0.1:${server.address().port}`;
}
