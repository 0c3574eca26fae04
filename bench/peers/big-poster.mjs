/**
 * Posts one large result over and over, for one task after the other. A process of its own, since making and sending it
 * must not hold up what is measured meanwhile. Settings: the `url` to post to, the `tasks` in flight, the `bytes` of a
 * result. Commands: `{do:'start'}`; `{do:'stop'}` ends with the post that is under way and tells how many there were.
 */
import { request } from 'undici';
import { serve, settings } from '../lib/steering.mjs';

const { url, tasks, bytes } = settings;

/** As inference leaves it: a list of what was asked and what was answered. */
function resultOfSize(size) {
  const items = [];
  for (let length = 2; length < size; length += items.at(-1).length + 1) {
    const index = items.length;
    const output = `The answer to question ${index}, "as it came", with its line\nbreaks. `.repeat(8);
    items.push(JSON.stringify({ index, input: `question ${index}`, output, usage: { tokens: 96 + index } }));
  }
  return Buffer.from(`[${items.join(',')}]`);
}

const result = resultOfSize(bytes);

async function post({ taskId, workerId, headers }) {
  const opening = Buffer.from(`{"task_id":"${taskId}","worker_id":"${workerId}","result":`);
  const closing = Buffer.from('}');
  const length = opening.length + result.length + closing.length;
  const answer = await request(url, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json', 'content-length': String(length) },
    body: [opening, result, closing].values(),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 201) throw new Error(`a large result was answered ${answer.statusCode}: ${text}`);
}

let isStopped = false;
/** @type {Promise<{ posts: number }>} */
let running;

async function run() {
  let posts = 0;
  while (!isStopped) {
    if (posts === tasks.length) throw new Error(`${posts} tasks were not enough`);
    await post(tasks[posts]);
    posts += 1;
  }
  return { posts };
}

serve(
  {},
  {
    start() {
      running = run();
      running.catch(() => undefined);
    },
    stop() {
      isStopped = true;
      return running;
    },
  },
);
