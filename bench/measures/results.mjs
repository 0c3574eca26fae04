/** How many small results a second come to disk, for tasks that are in flight. */
import { randomBytes, randomUUID } from 'node:crypto';
import { tasksInFlight } from '../lib/holders.mjs';
import { run } from '../lib/load.mjs';
import { inTurn, withService } from '../lib/sides.mjs';

const CLIENTS = 32;
const RESULT_BYTES = 1024;
const AMOUNT = { normal: { warm: 200, count: 1_000 }, small: { warm: 20, count: 100 } };
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

/** Posts a result for each task; gives results per second. All are made before the first is sent. */
function rate(url, tasks, amount) {
  const requests = tasks.map(requestOf);
  return run(url, { clients: CLIENTS, ...amount, request: (index) => requests[index] });
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
  async round(bench, { size, turn }) {
    const amount = AMOUNT[size];
    const all = amount.warm + amount.count;
    const results = await inTurn(turn, {
      peer: () =>
        bench.apart(async (own) => {
          const { url } = await own.peer('express-results', { directory: own.directory });
          return rate(url, Array.from({ length: all }, standIn).map(withResult), amount);
        }),
      ours: () =>
        withService(bench, {}, async (side) => {
          const tasks = (await tasksInFlight(side, all)).map(withResult);
          const perSecond = await rate(`${side.service.url}/api/v1/results`, tasks, amount);
          await check(side.service.url, tasks);
          return perSecond;
        }),
    });
    return { results };
  },
};
