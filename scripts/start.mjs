// `npm start`: sets up what is missing and serves. With REDIS_URL unset, a private redis-server keeps the state under
// ./data/redis, so that it survives a restart; it starts before the service and stops after it.
import { at, SERVICE_MAIN } from './lib/paths.mjs';
import { Family, lastWords, signal } from './lib/processes.mjs';
import { startLastingRedis } from './lib/redis-server.mjs';
import { setUp } from './lib/set-up.mjs';

/** The service gives running requests up to SHUTDOWN_GRACE_SEC; this is how long we wait beyond that. */
const STOP_MARGIN_MS = 10_000;
const DEFAULT_GRACE_SEC = 20;

const say = (text) => console.log(text);
const family = new Family();
let service;
let redis;

async function main() {
  const redisServer = await setUp(say);
  const env = { ...process.env };
  if (!env.REDIS_URL) {
    const started = await startLastingRedis(family, redisServer, {
      directory: at('data/redis'),
      logFile: at('data/redis/redis.log'),
    });
    redis = started.server;
    env.REDIS_URL = started.url;
    say(`a private Redis keeps its state in ${at('data/redis')}`);
    say(`workers on this machine need REDIS_URL=${env.REDIS_URL}`);
  }
  const graceSec = Number(env.SHUTDOWN_GRACE_SEC ?? DEFAULT_GRACE_SEC) || DEFAULT_GRACE_SEC;
  const stopWithinMs = graceSec * 1000 + STOP_MARGIN_MS;
  service = family.start('orchestrator', process.execPath, [SERVICE_MAIN], { env, stopWithinMs });
  const { code } = await Promise.race([service.ended, redisDeath()]);
  return code ?? 1;
}

/** Without its Redis the service is of no use; with REDIS_URL given this never settles. */
async function redisDeath() {
  if (!redis) return new Promise(() => {});
  const { code, signal: name } = await redis.ended;
  if (family.finishing) return new Promise(() => {});
  throw new Error(`redis-server ended unexpectedly (${name ?? code})${lastWords(redis)}`);
}

for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => {
    // main() then sees the service end, and Redis stops after it.
    if (service) signal(service, name === 'SIGINT' ? name : 'SIGTERM');
    else void family.finish(1);
  });
}

try {
  await family.finish(await main());
} catch (error) {
  console.error(error.message);
  await family.finish(1);
}
