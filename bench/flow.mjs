/**
 * Times of the two flows that tests only count: 40 chained stages on 4 instant workers, 500 tasks on 32.
 * Run by `npm run bench:flow` after `npm run build`; a private Redis, one service, one process of workers.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import {
  documentOf,
  named,
  report,
  SIMULATOR,
  startService,
  stop,
  submit,
  until,
  withRedis,
} from './lib.mjs';

const ROUNDS = Number(process.argv[2] ?? 5);

/** Runs one document and gives milliseconds from its submission to the last TASK_ENDED. */
async function timed(url, redis, document) {
  const ended = new Set();
  const listener = (_channel, text) => {
    const event = JSON.parse(text);
    if (event.source === 'orchestrator' && event.type === 'TASK_ENDED') ended.add(event.task_id);
  };
  redis.on('message', listener);
  const started = performance.now();
  const tasks = await submit(url, document);
  await until('the last task to end', () => tasks.every((task) => ended.has(task.task_id)));
  const took = performance.now() - started;
  redis.off('message', listener);
  return took;
}

async function withWorkers(redisUrl, resultsDir, count, run) {
  const workers = Array.from({ length: count }, (_, index) => ({
    id: `bench-${count}-${index}`,
    variety: 'newer',
    heartbeatMs: 5_000,
  }));
  const argument = JSON.stringify({ redisUrl, resultsDir, workers });
  const child = spawn(process.execPath, [SIMULATOR, argument], { stdio: ['pipe', 'pipe', 'inherit'] });
  let ready = false;
  let rest = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    if (ready) return;
    rest += text;
    ready = rest.includes('"event":"ready"');
  });
  try {
    await until('the workers to listen', () => ready);
    await run();
  } finally {
    await stop(child, 'SIGINT');
  }
}

await withRedis(async (place) => {
  const { url, redisUrl, redis, directory } = place;
  const service = await startService(place);
  try {
    await redis.subscribe('tasks.events');
    const results = `${url}/api/v1/results`;
    const workerResults = join(directory, 'workers');
    const chain = [];
    await withWorkers(redisUrl, workerResults, 4, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        chain.push(await timed(url, redis, documentOf('chain', results, { stages: named(40) })));
      }
    });
    report('40 chained stages on 4 workers', chain);
    const wide = [];
    await withWorkers(redisUrl, workerResults, 32, async () => {
      for (let round = 0; round < ROUNDS; round += 1) {
        wide.push(await timed(url, redis, documentOf('wide', results, { graph: { nodes: named(500) } })));
      }
    });
    report('500 tasks on 32 workers', wide);
  } finally {
    await stop(service, 'SIGTERM');
  }
});
