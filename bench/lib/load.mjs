/** HTTP load: by clients that each wait for their answer before they send again, or at a steady pace. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

/** What a steady pace may have under way at once before requests have to wait for a connection. */
const PACED_CONNECTIONS = 64;

/**
 * @typedef {object} Request what one request has of its own
 * @property {string} [path] the one of the URL unless it says otherwise
 * @property {string} [method]
 * @property {Record<string, string>} [headers]
 * @property {string} [body]
 * @property {number} [expect] the status of its answer; another one throws
 */

/**
 * A closed loop: so many clients, each with a connection of its own, each sending when its last answer is there.
 * @param {string} url
 * @param {{ clients: number, count: number, warm?: number, request: (index: number) => Request }} load `warm`: requests
 *   that are all answered before the first that is counted; `request` gives the one so numbered, in order from 0, warm
 *   ones included
 * @returns {Promise<number>} counted answers per second
 */
export function run(url, { clients, count, warm = 0, request }) {
  return connected(url, clients, async (send) => {
    let next = 0;
    const sendUpTo = async (end) => {
      const client = async () => {
        while (next < end) await send(request(next++));
      };
      await Promise.all(Array.from({ length: clients }, client));
    };
    await sendUpTo(warm);
    const from = performance.now();
    await sendUpTo(warm + count);
    return (count / (performance.now() - from)) * 1_000;
  });
}

/**
 * Sends the same request at a steady pace, however long the answers take: a service that stands still for a while is
 * then seen by all that come meanwhile, as it would be by clients that know nothing of one another.
 * @param {string} url
 * @param {{ perSecond: number, seconds: number, request: Request }} load
 * @returns {Promise<number[]>} milliseconds of each
 */
export function steadily(url, { perSecond, seconds, request }) {
  return connected(url, PACED_CONNECTIONS, (send) => {
    const begun = performance.now();
    return Promise.all(
      Array.from({ length: perSecond * seconds }, async (_, index) => {
        await sleep(begun + (index * 1_000) / perSecond - performance.now());
        const sent = performance.now();
        await send(request);
        return performance.now() - sent;
      }),
    );
  });
}

/** Runs with so many connections and a function that sends a request and resolves with the text of its answer. */
async function connected(url, connections, use) {
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, { connections, pipelining: 1 });
  const send = async ({ path = pathname + search, method = 'POST', headers, body, expect = 201 }) => {
    const answer = await pool.request({ path, method, headers, body });
    const text = await answer.body.text();
    if (answer.statusCode === expect) return text;
    throw new Error(`${method} ${path} answered ${answer.statusCode}: ${text.slice(0, 500)}`);
  };
  try {
    return await use(send);
  } finally {
    await pool.destroy();
  }
}
