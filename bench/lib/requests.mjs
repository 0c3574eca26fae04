/** Requests that differ from one another, in two ways: one after the other by so many clients, or at a steady pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** What a steady pace may have under way at once before requests have to wait for a connection. */
const PACED_CONNECTIONS = 64;

/**
 * @typedef {object} One
 * @property {string} path
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 */

/**
 * Sends them all, each client the next one when it has its answer.
 * @param {string} url
 * @param {{ clients: number, requests: One[], expect: number }} load `expect`: the status of every answer
 * @returns {Promise<number>} answers per second
 */
export async function closedLoop(url, { clients, requests, expect }) {
  return withPool(url, clients, async (pool) => {
    const queue = requests.values();
    const begun = performance.now();
    await Promise.all(
      Array.from({ length: clients }, async () => {
        for (const request of queue) await answerTo(pool, request, expect);
      }),
    );
    return (requests.length / (performance.now() - begun)) * 1_000;
  });
}

/**
 * Sends the same request at a steady pace, however long the answers take: a service that stands still for a while is
 * then seen by all that come meanwhile, as it would be by clients that know nothing of one another.
 * @param {string} url
 * @param {{ request: One, perSecond: number, seconds: number, expect: number }} load
 * @returns {Promise<number[]>} milliseconds of each
 */
export async function steadily(url, { request, perSecond, seconds, expect }) {
  return withPool(url, PACED_CONNECTIONS, async (pool) => {
    const begun = performance.now();
    return Promise.all(
      Array.from({ length: perSecond * seconds }, async (_, index) => {
        await sleep(begun + (index * 1_000) / perSecond - performance.now());
        const sent = performance.now();
        await answerTo(pool, request, expect);
        return performance.now() - sent;
      }),
    );
  });
}

async function withPool(url, connections, use) {
  const pool = new Pool(url, { connections, pipelining: 1 });
  try {
    return await use(pool);
  } finally {
    await pool.destroy();
  }
}

async function answerTo(pool, { path, method = 'GET', headers, body }, expect) {
  const answer = await pool.request({ path, method, headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== expect)
    throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text}`);
}
