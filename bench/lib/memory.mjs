/** What a service and its Redis need in memory: what is left when all garbage is collected. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Environment of a service whose memory is measured. */
export const COLLECTING = {
  NODE_OPTIONS: `--import=${new URL('./collect-garbage.mjs', import.meta.url).href}`,
};
/** So that what is left of the garbage is none. */
const SETTLE_MS = 500;

/** Gives the value of a metric by its name, all of one moment. */
export async function metricsOf({ url }) {
  const answer = await fetch(`${url}/metrics`);
  if (answer.status !== 200) throw new Error(`GET /metrics answered ${answer.status}`);
  const text = await answer.text();
  return (name) => {
    const value = new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1];
    if (value === undefined) throw new Error(`there is no metric ${name}`);
    return Number(value);
  };
}

/** Bytes: of the heap and what hangs on it, of the whole process, of Redis. */
export async function memoryOf({ service, redis }) {
  for (let times = 0; times < 2; times += 1) {
    process.kill(service.pid, 'SIGUSR2');
    await sleep(SETTLE_MS);
  }
  const value = await metricsOf(service);
  const used = /^used_memory:(\d+)/m.exec(await redis.client.info('memory'))[1];
  return {
    heap: value('nodejs_heap_size_used_bytes') + value('nodejs_external_memory_bytes'),
    resident: value('process_resident_memory_bytes'),
    redis: Number(used),
  };
}
