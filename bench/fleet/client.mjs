/**
 * One client, in the process of the workers, that submits documents one after the other and times what becomes of them:
 * BullMQ adds and runs its jobs in one process too, and two cores are few for one more that wakes up with each message.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { chain, sharded, single } from '../lib/documents.mjs';
import { submit } from '../lib/submit.mjs';

/** Milliseconds from the POST of a document to the message of its task, on idle workers. */
export async function dispatches(ears, { url, warm, count, pauseMs }) {
  const times = [];
  for (let index = 0; index < warm + count; index += 1) {
    const document = single(`task-${index}`);
    const from = performance.now();
    const [{ task_id: taskId }] = await submit(url, document);
    const sent = await ears.sent(taskId);
    await ears.done(taskId);
    if (index >= warm) times.push(sent - from);
    await sleep(pauseMs);
  }
  return times;
}

/** Milliseconds from one message of a chain to the next. */
export async function hops(ears, { url, warm, chains, stages }) {
  const times = [];
  for (let index = 0; index < warm + chains; index += 1) {
    const tasks = await submit(url, chain(`chain-${index}`, stages));
    await ears.done(tasks.at(-1).task_id);
    const sent = tasks.map((task) => ears.dispatched.get(task.task_id));
    if (index >= warm) times.push(...sent.slice(1).map((at, hop) => at - sent[hop]));
  }
  return times;
}

/** Milliseconds from the POST of a document to the end of its task, whose shards are put together by then. */
export async function spreads(ears, { url, warm, count, shards, pauseMs }) {
  const times = [];
  for (let index = 0; index < warm + count; index += 1) {
    ears.reset();
    const from = performance.now();
    const [{ task_id: taskId }] = await submit(url, sharded(`spread-${index}`, shards));
    const done = await ears.done(taskId);
    if (ears.dispatched.size !== shards) throw new Error(`it was cut into ${ears.dispatched.size}`);
    if (index >= warm) times.push(done - from);
    await sleep(pauseMs);
  }
  return times;
}

/** Milliseconds from the POST of a document to the end of its last task, over and over. */
export async function flows(ears, { url, document, rounds }) {
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const from = performance.now();
    for (const { task_id: taskId } of await submit(url, document)) await ears.done(taskId);
    times.push(performance.now() - from);
  }
  return times;
}
