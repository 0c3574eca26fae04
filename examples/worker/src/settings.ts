/** The worker's settings, all from the environment. */
import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve } from 'node:path';

export interface WorkerSettings {
  redisUrl: string;
  workerId: string;
  /** Where results are written, absolute; shared with the orchestrator where there is a shared mount. */
  resultsDir: string;
  taskTopic: string;
  heartbeatIntervalSec: number;
  tags: string[];
  /** Price of an hour as text; null: not told. */
  costPerHour: string | null;
}

const DEFAULT_HEARTBEAT_SEC = 30;

/** Reads `REDIS_URL WORKER_ID RESULTS_DIR TASK_TOPIC HEARTBEAT_INTERVAL_SEC WORKER_TAGS COST_PER_HOUR`. */
export function readSettings(env: NodeJS.ProcessEnv): WorkerSettings {
  /** A variable that is empty counts as unset. */
  const given = (name: string): string | undefined => (env[name] === '' ? undefined : env[name]);
  const interval = Number(given('HEARTBEAT_INTERVAL_SEC') ?? DEFAULT_HEARTBEAT_SEC);
  if (!(interval > 0)) throw new Error('HEARTBEAT_INTERVAL_SEC is to be a positive number of seconds');
  return {
    redisUrl: given('REDIS_URL') ?? 'redis://127.0.0.1:6379',
    workerId: given('WORKER_ID') ?? `sample-${hostname().slice(0, 60)}-${randomBytes(4).toString('hex')}`,
    resultsDir: resolve(given('RESULTS_DIR') ?? './results_host'),
    taskTopic: given('TASK_TOPIC') ?? 'tasks',
    heartbeatIntervalSec: interval,
    tags: (given('WORKER_TAGS') ?? '').split(',').filter((tag) => tag !== ''),
    costPerHour: given('COST_PER_HOUR') ?? null,
  };
}
