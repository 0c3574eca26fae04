// Asks each URL once and ends with 0 when all answer 200: `node healthcheck.mjs [URL…]`, without one the service of this
// container. The image's health check and the chart's test; it uses only what Node ships.
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_WITHIN_MS = 4_000;
const TRIES = Number(process.env.HEALTHCHECK_TRIES ?? 1);
const BETWEEN_MS = 2_000;

const own = `http://127.0.0.1:${process.env.PORT ?? 8000}/healthz`;
const given = process.argv.slice(2);

/** What is wrong with an answer; undefined when nothing is. */
async function fault(url) {
  try {
    const { status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return status === 200 ? undefined : `answered ${status}`;
  } catch (error) {
    return error.cause?.message ?? error.message;
  }
}

async function answers(url) {
  for (let tries = 1; ; tries += 1) {
    const wrong = await fault(url);
    console.log(`${url} ${wrong ?? 'answered 200'}`);
    if (wrong === undefined) return true;
    if (tries >= TRIES) return false;
    await sleep(BETWEEN_MS);
  }
}

const all = await Promise.all((given.length > 0 ? given : [own]).map(answers));
process.exit(all.every(Boolean) ? 0 : 1);
