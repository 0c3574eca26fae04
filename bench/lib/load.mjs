/** Closed-loop HTTP load: so many clients, each with a connection of its own, each sending when its last answer is there. */
import { Pool } from 'undici';

/**
 * @typedef {object} Load
 * @property {string} url origin and path
 * @property {number} clients
 * @property {number} count requests that are counted
 * @property {number} [warm] requests before, which are not
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {(index: number) => unknown} [body] of the request so numbered, in order from 0, warm ones included
 * @property {number} [expect] the status of every answer; another one throws
 * @property {(text: string, index: number) => void} [answered] what came back, for checks
 * @property {() => void} [begun] right before the first request that is counted
 */

/**
 * Runs a load; all warm requests are answered before the first that is counted is sent.
 * @param {Load} load
 * @returns {Promise<{ perSecond: number, tookMs: number, times: number[] }>} `times`: milliseconds of each counted request
 */
export async function run({ clients, count, warm = 0, begun, ...load }) {
  const { origin, pathname, search } = new URL(load.url);
  const pool = new Pool(origin, { connections: clients, pipelining: 1 });
  const request = { ...load, pool, path: pathname + search };
  try {
    await loop(request, clients, 0, warm);
    begun?.();
    const from = performance.now();
    const times = await loop(request, clients, warm, warm + count);
    const tookMs = performance.now() - from;
    return { perSecond: (count / tookMs) * 1_000, tookMs, times };
  } finally {
    await pool.close();
  }
}

/** One client that submits documents one after the other; gives the tasks of each. */
export async function submitting(url, headers, use) {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 1, pipelining: 1 });
  let tasks;
  const answered = (text) => ({ tasks } = JSON.parse(text));
  try {
    return await use(async (document) => {
      await one({ pool, path: pathname, headers, body: () => document, answered }, 0);
      return tasks;
    });
  } finally {
    await pool.close();
  }
}

async function loop(request, clients, from, to) {
  const times = [];
  let next = from;
  const client = async () => {
    while (next < to) {
      const index = next;
      next += 1;
      const sent = performance.now();
      await one(request, index);
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

async function one({ pool, path, method = 'POST', headers, body, expect = 201, answered }, index) {
  const answer = await pool.request({ path, method, headers, body: body?.(index) });
  const text = await answer.body.text();
  if (answer.statusCode !== expect) {
    throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
  }
  answered?.(text, index);
}
