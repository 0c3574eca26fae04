/** How long a page of the list of tasks takes, when there are many. */
import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import { wide } from '../lib/documents.mjs';
import { p50 } from '../lib/numbers.mjs';
import { enqueue, inTurn, withService } from '../lib/sides.mjs';

const PAGE = 100;
const AMOUNT = {
  normal: { records: 100_000, warm: 30, pages: 300 },
  small: { records: 2_000, warm: 2, pages: 17 },
};
const HSETS_AT_ONCE = 5_000;

/** Milliseconds of each page that counts; `next` gives the path of the page after one, `first` is that of the first. */
async function read(url, { warm, pages }, first, next) {
  const client = new Client(url);
  const times = [];
  const seen = new Set();
  let path = first;
  try {
    for (let page = 0; page < warm + pages; page += 1) {
      const sent = performance.now();
      const answer = await client.request({ path, method: 'GET' });
      const text = await answer.body.text();
      if (page >= warm) times.push(performance.now() - sent);
      if (answer.statusCode !== 200) throw new Error(`GET ${path} answered ${answer.statusCode}: ${text}`);
      const records = JSON.parse(text);
      for (const { task_id: id } of records) seen.add(id);
      if (seen.size !== (page + 1) * PAGE)
        throw new Error(`GET ${path} did not give ${PAGE} further records`);
      path = next(path, answer.headers.link);
    }
  } finally {
    await client.close();
  }
  return times;
}

const linked = (_path, link) => {
  const path = /^<([^>]+)>; rel="next"$/.exec(link ?? '')?.[1];
  if (path === undefined) throw new Error(`there is no next page: ${link}`);
  return path;
};

const counted = (path) => `/?from=${Number(path.split('=')[1]) + PAGE}`;

/** A record as clients see it. */
const RECORD = {
  name: 'listed-0:n0',
  status: 'PENDING',
  assigned_worker: '',
  topic: 'tasks',
  submitted_at: '2026-01-31T08:00:00.123456Z',
  started_at: '',
  finished_at: '',
  error: '',
  reason: 'no worker is registered',
  retries: 0,
  max_retries: 3,
  next_retry_at: '',
  parent_task_id: '',
  shard_index: '',
  shard_total: '',
  graph_node_name: 'n0',
  run_id: '3b7be524-1b06-444c-86a7-fc2b2db707f9',
  waiting_on: '[]',
  last_failed_worker: '',
  attempt: 0,
};

/** So many hashes, each with the fields of a record. */
async function fill(client, count) {
  for (let from = 0; from < count; from += HSETS_AT_ONCE) {
    const commands = client.pipeline();
    for (let index = from; index < Math.min(from + HSETS_AT_ONCE, count); index += 1) {
      commands.hset(`record:${index}`, { task_id: randomUUID(), ...RECORD });
    }
    await commands.exec();
  }
}

export const listing = {
  name: 'listing',
  what: `a page of ${PAGE} out of 100,000 tasks, one page after the other`,
  peer: `an Express handler that reads ${PAGE} hashes in one pipeline`,
  figures: { p50: { unit: 'ms', goal: { ratioAtMost: 3 } } },
  async round(bench, { size, turn }) {
    const { records, ...amount } = AMOUNT[size];
    const times = await inTurn(turn, {
      peer: () =>
        bench.apart(async (own) => {
          const redis = await own.redis();
          await fill(redis.client, records);
          const { url } = await own.peer('express-listing', { redisUrl: redis.url });
          return read(url, amount, '/?from=0', counted);
        }),
      ours: () =>
        withService(bench, {}, async (side) => {
          await enqueue(side.url, records, (nodes, index) => wide(`listed-${index}`, nodes));
          return read(side.service.url, amount, `/api/v1/tasks?limit=${PAGE}`, linked);
        }),
    });
    return { p50: { ours: p50(times.ours), peer: p50(times.peer) } };
  },
};
