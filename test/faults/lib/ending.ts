/** The end of a round: once nothing fails any more, everything comes to rest, and what there is then is written down. */
import { readdir } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import type { Redis } from 'ioredis';
import type { TaskRecord } from '../../helpers/client';
import { waitFor } from '../../helpers/wait';
import { isTerminal } from './case-files';
import type { Cluster } from './cluster';
import type { EndedTask, FileOnDisk, ResultOnDisk } from './history';
import { filesOnDisk, inSpool, resultOnDisk, walk } from './stored';
import { Reader } from './watchers';

const REST_WITHIN_MS = 60_000;
const SETTLE_WITHIN_MS = 10_000;

/** What holds tasks only while they are open. */
const INDEXES = {
  'orch:ready': 'zcard',
  'orch:retries': 'zcard',
  'orch:tasks:DISPATCHED': 'zcard',
  'orch:tasks:RUNNING': 'zcard',
  'orch:unacknowledged': 'zcard',
  'orch:deadlines': 'zcard',
  'orch:aggregating': 'scard',
  'orch:unsettled': 'scard',
} as const;

/** Waits until every task that was accepted has come to its end; gives the records as they are then, or in the end. */
export async function rest(cluster: Cluster, withinMs = REST_WITHIN_MS): Promise<TaskRecord[]> {
  const { history } = cluster;
  const accepted = history.of('submitted').flatMap(({ tasks }) => tasks.map(({ id }) => id));
  let records: TaskRecord[] = [];
  await reached(async () => {
    records = await allTasks(cluster);
    const known = new Set(records.map(({ task_id: id }) => id));
    const isLost = history.of('writesLost').length > 0;
    return (
      records.every(({ status }) => isTerminal(status)) && (isLost || accepted.every((id) => known.has(id)))
    );
  }, withinMs);
  return records;
}

/** Waits until these tasks have come to their end, however that may be. */
export async function ended(cluster: Cluster, ids: readonly string[]): Promise<void> {
  const wanted = new Set(ids);
  await waitFor(
    `${String(ids.length)} tasks to end`,
    async () => {
      const records = await allTasks(cluster).catch(() => []);
      const open = records.filter(({ task_id: id, status }) => wanted.has(id) && !isTerminal(status));
      return records.length > 0 && open.length === 0;
    },
    { withinMs: REST_WITHIN_MS, everyMs: 100 },
  );
}

export async function conclude(cluster: Cluster, withinMs?: number): Promise<void> {
  const { history, resultsDir, redis } = cluster;
  history.add({ kind: 'healed' });
  const records = await rest(cluster, withinMs);
  await reached(async () => (await leftInRedis(redis.client))['orch:unsettled'] === 0, SETTLE_WITHIN_MS);
  const spooled = await staying(() => leftInSpool(resultsDir), SETTLE_WITHIN_MS / 5);
  const left = await leftInRedis(redis.client);

  const done = records.filter(({ status }) => status === 'DONE').map(({ task_id: id }) => id);
  const reader = new Reader(cluster.api, resultsDir, history);
  for (const id of done) await reader.readResult(id);

  const results: Record<string, ResultOnDisk> = {};
  const files: Record<string, FileOnDisk[]> = {};
  for (const id of await readdir(resultsDir)) {
    if (id.startsWith('.')) continue;
    const result = await resultOnDisk(resultsDir, id);
    if (result !== null) results[id] = result;
    files[id] = await filesOnDisk(resultsDir, id);
  }
  history.add({
    kind: 'ended',
    tasks: records.map(toEnded),
    results,
    files,
    leftInRedis: left,
    leftInSpool: [...spooled, ...(await leftStaged(resultsDir, done))],
  });
}

/** Waits for a condition; that it does not come is for the checker to say. */
async function reached(condition: () => Promise<boolean>, withinMs: number): Promise<void> {
  await waitFor('rest', () => condition().catch(() => false), { withinMs, everyMs: 100 }).catch(
    () => undefined,
  );
}

/** What is there at every look for so long; what is written behind everything else, as manifests are, passes through. */
async function staying(look: () => Promise<string[]>, withinMs: number): Promise<string[]> {
  let left = await look();
  await reached(async () => {
    const there = new Set(await look());
    left = left.filter((path) => there.has(path));
    return left.length === 0;
  }, withinMs);
  return left;
}

/** Every record, whatever the page size. */
export async function allTasks(cluster: Cluster): Promise<TaskRecord[]> {
  const records: TaskRecord[] = [];
  let path: string | null = '/api/v1/tasks?limit=1000';
  while (path !== null) {
    const response: Response = await cluster.api.request(path, { signal: AbortSignal.timeout(10_000) });
    if (response.status !== 200) throw new Error(`the list answered ${String(response.status)}`);
    records.push(...((await response.json()) as TaskRecord[]));
    path = /<([^>]+)>;\s*rel="?next/.exec(response.headers.get('link') ?? '')?.[1] ?? null;
  }
  return records;
}

async function leftInRedis(redis: Redis): Promise<Record<string, number>> {
  const counts = Object.entries(INDEXES).map(async ([key, count]): Promise<[string, number]> => [
    key,
    await redis[count](key),
  ]);
  return Object.fromEntries(await Promise.all(counts));
}

/** What was refused after it had been taken is kept for people to look at, the end of an upload for its client. */
async function leftInSpool(resultsDir: string): Promise<string[]> {
  const spool = join(resultsDir, '.spool');
  return (await inSpool(resultsDir))
    .map((path) => relative(spool, path))
    .filter((path) => !/^(?:rejected\/|staged\/|uploads\/.+\.json$)/.test(path));
}

/** Attempts of a task that is done have nothing to wait for; what a crash left of others goes after an hour. */
async function leftStaged(resultsDir: string, done: readonly string[]): Promise<string[]> {
  const left = (await walk(join(resultsDir, '.spool', 'staged'))).filter((path) =>
    done.some((id) => basename(path).startsWith(`${id}~`)),
  );
  for (const id of done) left.push(...(await walk(join(resultsDir, id, '.orchestrator', 'attempts'))));
  return left.map((path) => relative(resultsDir, path));
}

function toEnded(record: TaskRecord): EndedTask {
  return {
    id: record.task_id,
    name: record.name,
    runId: record.run_id,
    status: record.status,
    attempt: record.attempt,
    retries: record.retries,
    parentId: record.parent_task_id,
    worker: record.assigned_worker,
    error: record.error,
  };
}
