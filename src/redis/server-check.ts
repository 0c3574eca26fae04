/** What kind of server this is: whether it can be worked with at all, and whether it keeps what it is given. */
import type { Redis } from 'ioredis';

export interface ServerReport {
  /** A worker registers with one MULTI over keys of several slots, which a cluster cannot take. */
  cluster: boolean;
  /** Nothing can be written there until it is promoted. */
  replica: boolean;
  /** What may lose data: a stable word for each, and a sentence that says what to set. */
  weaknesses: ReadonlyMap<string, string>;
}

/** Rejects when the connection goes meanwhile. */
export async function checkServer(redis: Redis): Promise<ServerReport> {
  const info = parseInfo((await allowed(redis.info())) ?? '');
  const [policy, appendOnly, save] = await Promise.all([
    setting(redis, 'maxmemory-policy'),
    setting(redis, 'appendonly'),
    setting(redis, 'save'),
  ]);
  const weaknesses = new Map<string, string>();
  const eviction = policy ?? info.get('maxmemory_policy');
  if (eviction !== undefined && eviction !== 'noeviction') {
    weaknesses.set(
      'eviction',
      `Redis drops keys when its memory is full (maxmemory-policy is ${eviction}): set maxmemory-policy noeviction`,
    );
  }
  const persistent = appendOnly === null ? keepsByInfo(info) : appendOnly === 'yes' || (save ?? '') !== '';
  if (persistent === false) {
    weaknesses.set(
      'persistence',
      'Redis forgets everything when it restarts (appendonly is no, and save is empty): set appendonly yes',
    );
  } else if (persistent === null) {
    weaknesses.set(
      'unknown_persistence',
      'Redis does not say whether it keeps its data over a restart: allow CONFIG GET, and set appendonly yes',
    );
  }
  return {
    cluster: info.get('cluster_enabled') === '1',
    replica: info.get('role') === 'slave',
    weaknesses,
  };
}

/** INFO says whether there is an append-only file, but of snapshots only that there was one. */
function keepsByInfo(info: ReadonlyMap<string, string>): true | null {
  if (info.get('aof_enabled') === '1') return true;
  return Number(info.get('rdb_last_bgsave_time_sec') ?? -1) >= 0 ? true : null;
}

/** null where the server does not let us ask. */
async function setting(redis: Redis, name: string): Promise<string | null> {
  const answer = await allowed(redis.config('GET', name));
  return Array.isArray(answer) && typeof answer[1] === 'string' ? answer[1] : null;
}

/** Managed servers refuse CONFIG, and users with few rights INFO. */
async function allowed<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ReplyError') return null;
    throw error;
  }
}

function parseInfo(text: string): Map<string, string> {
  return new Map(
    text.split('\r\n').flatMap((line) => {
      const colon = line.indexOf(':');
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)] as const];
    }),
  );
}
