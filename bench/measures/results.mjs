/**
 * How many small results a second come to disk, for tasks that are in flight. Both sides run at once and are measured in
 * turns, some results each: what a file system takes for a new file differs by times with what was removed within the
 * last minutes, and comes back to normal while files are made.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Holders } from '../lib/holders.mjs';
import { run } from '../lib/load.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

const CLIENTS = 32;
const RESULT_BYTES = 1024;
const AMOUNT = { normal: { warm: 6, turns: 12, count: 1_000 }, small: { warm: 1, turns: 2, count: 50 } };
/** What follows the last answer of one side is over then. */
const REST_MS = 300;
/** Results are looked at afterwards: one of so many. */
const LOOK_AT_EVERY = 50;

/** JSON of that many bytes, no two alike. */
function resultOfSize(bytes) {
  const frame = JSON.stringify({ text: '' }).length;
  const text = randomBytes(bytes).toString('hex');
  return { text: text.slice(0, bytes - frame) };
}

const withResult = (task) => ({ ...task, result: resultOfSize(RESULT_BYTES) });

/** What the bare handler is sent is as large, and names an attempt too. */
const standIn = () => ({
  taskId: randomUUID(),
  workerId: 'holder-0',
  headers: { 'X-Orchestrator-Attempt': randomUUID() },
});

const requestOf = ({ taskId, workerId, headers, result }) => ({
  headers: { ...headers, 'content-type': 'application/json' },
  body: JSON.stringify({ task_id: taskId, result, worker_id: workerId }),
});

/** Posts a result for each task. All are made before the first is sent. @returns {Promise<number>} seconds that it took */
async function post(url, tasks) {
  const requests = tasks.map(requestOf);
  const count = requests.length;
  const perSecond = await run(url, { clients: CLIENTS, count, request: (index) => requests[index] });
  await sleep(REST_MS);
  return count / perSecond;
}

/** Holders are given tasks, for which results are posted. @returns {Promise<number>} seconds that these took */
export async function postHeld(crew, serviceUrl) {
  const tasks = (await crew.takeOn()).map(withResult);
  await sleep(REST_MS);
  const took = await post(`${serviceUrl}/api/v1/results`, tasks);
  await crew.finish();
  await check(serviceUrl, tasks);
  return took;
}

async function check(url, tasks) {
  for (let index = 0; index < tasks.length; index += LOOK_AT_EVERY) {
    const { taskId, result } = tasks[index];
    const answer = await fetch(`${url}/api/v1/results/${taskId}`);
    const stored = answer.status === 200 ? (await answer.json()).result : undefined;
    if (stored?.text !== result.text) throw new Error(`task ${taskId} has another result than was posted`);
  }
  const open = await fetch(`${url}/api/v1/tasks?status=RUNNING&limit=1`).then((answer) => answer.json());
  if (open.length > 0) throw new Error(`task ${open[0].task_id} has a result and still runs`);
}

export const results = {
  name: 'results',
  what: `results of 1 KiB for tasks in flight, posted by ${CLIENTS} clients`,
  peer: 'an Express handler that parses the JSON and writes, fsyncs and renames a file',
  figures: { results: { unit: '/s', goal: { ratioAtLeast: 0.7 } } },
  round(bench, { size, turn }) {
    const { warm, turns, count } = AMOUNT[size];
    return withService(bench, {}, async (side) => {
      const crew = await Holders.hire(side, count);
      const { url } = await side.bench.peer('express-results', { directory: side.bench.directory });
      const took = { ours: 0, peer: 0 };
      for (let index = 0; index < warm + turns; index += 1) {
        const { ours, peer } = await inTurn(turn + index, {
          peer: () => post(url, Array.from({ length: count }, standIn).map(withResult)),
          ours: () => postHeld(crew, side.service.url),
        });
        if (index < warm) continue;
        took.ours += ours;
        took.peer += peer;
      }
      const all = turns * count;
      return { results: { ours: all / took.ours, peer: all / took.peer } };
    });
  },
};
