/** A dump of Redis, read as the facts that the model states. A key that nobody knows is an error. */
import { KEY } from '../../src/redis/keys';
import { TASK_STATUSES, type TaskStatus } from '../../src/core/model';
import type { StoreDump, StoredKey } from '../scripts/store-dump';
import { newTask, type Facts, type Fields, type ModelTask, type ModelWorker, type When } from './model';

/** What a history's longest delays are beyond, and its own duration is not. */
const FUTURE_FROM_US = 600_000_000;
/** To what a history puts back the times that it wants to have passed. */
export const LONG_AGO = '1';

const TIMES_OF_A_LEASE = ['heard_at', 'registered_at', 'rest_until', 'ended_at', 'since'];

export const stringOf = (key: StoredKey | undefined): string | null => (key ? (key.value as string) : null);
export const fieldsOf = (key: StoredKey | undefined): Fields => (key ? (key.value as Fields) : {});
export const listOf = (key: StoredKey | undefined): string[] => (key ? (key.value as string[]) : []);
/** Members of a sorted set, by name, with their scores. */
export const scoresOf = (key: StoredKey | undefined): Fields => (key ? (key.value as Fields) : {});

const whenOf = (us: string): When => {
  if (us === LONG_AGO) return 'old';
  return Number(us) > Date.now() * 1000 + FUTURE_FROM_US ? 'future' : 'recent';
};

const WHOLE_KEYS: ReadonlySet<string> = new Set([
  ...Object.values(KEY).filter((key) => !key.endsWith(':')),
  ...TASK_STATUSES.map((status) => KEY.tasksByStatus + status),
]);
const PREFIXES: ReadonlySet<string> = new Set(Object.values(KEY).filter((key) => key.endsWith(':')));

/** Ids by the prefix of their key: `orch:task:` -> a, b. A key that nobody knows is an error. */
function idsByPrefix(dump: StoreDump): (prefix: string) => string[] {
  const ids = new Map<string, string[]>();
  for (const key of Object.keys(dump)) {
    if (WHOLE_KEYS.has(key)) continue;
    const prefix = key.slice(0, key.indexOf(':', key.startsWith(KEY.worker) ? 0 : 'orch:'.length) + 1);
    if (!PREFIXES.has(prefix)) throw new Error(`a key that nobody knows: ${key}`);
    const known = ids.get(prefix);
    if (known) known.push(key.slice(prefix.length));
    else ids.set(prefix, [key.slice(prefix.length)]);
  }
  return (prefix) => ids.get(prefix) ?? [];
}

export function factsIn(dump: StoreDump): Facts {
  const idsUnder = idsByPrefix(dump);
  const leader = fieldsOf(dump[KEY.leader]);
  const members = (key: string): string[] => Object.keys(scoresOf(dump[key])).sort();
  return {
    tasks: Object.fromEntries(idsUnder(KEY.task).map((id) => [id, taskIn(dump, id)])),
    workers: Object.fromEntries([...workerIds(dump, idsUnder)].map((id) => [id, workerIn(dump, id)])),
    leader:
      leader.epoch === undefined
        ? null
        : { epoch: leader.epoch, replica: leader.replica!, term: Number(leader.term) },
    term: Number(stringOf(dump[KEY.leaderTerm]) ?? 0),
    pulse: Number(stringOf(dump[KEY.leaderPulse]) ?? 0),
    dataset: stringOf(dump[KEY.dataset]),
    runs: Object.fromEntries(idsUnder(KEY.run).map((id) => [id, Number(fieldsOf(dump[KEY.run + id]).tasks)])),
    storedBytes: Number(stringOf(dump[KEY.storedBytes]) ?? 0),
    keys: Object.fromEntries(
      idsUnder(KEY.idempotencyKey).map((key) => [key, fieldsOf(dump[KEY.idempotencyKey + key])]),
    ),
    indexes: {
      all: members(KEY.tasks),
      ...Object.fromEntries(TASK_STATUSES.map((status) => [status, members(KEY.tasksByStatus + status)])),
      ready: members(KEY.ready),
      retries: members(KEY.retries),
      unacknowledged: members(KEY.unacknowledged),
      deadlines: members(KEY.deadlines),
      aggregating: listOf(dump[KEY.aggregating]),
      delivering: listOf(dump[KEY.delivering]),
      unsettled: listOf(dump[KEY.unsettled]),
      ended: members(KEY.ended),
      expiring: members(KEY.expiring),
      deleted: members(KEY.deleted),
      deleting: members(KEY.deleting),
    },
  };
}

function taskIn(dump: StoreDump, id: string): ModelTask {
  const hash = fieldsOf(dump[KEY.task + id]);
  const text = (field: string): string | null => (hash[field] === '' ? null : (hash[field] ?? null));
  const count = (field: string): number => Number(hash[field] ?? 0);
  return newTask({
    status: hash.status as TaskStatus,
    attempt: count('attempt'),
    attemptId: text('attempt_id'),
    worker: text('worker'),
    lastFailedWorker: text('last_failed_worker'),
    retries: count('retries'),
    losses: count('losses'),
    undelivered: count('undelivered'),
    started: hash.started_at !== undefined,
    finished: hash.finished_at !== undefined,
    retryAt: hash.next_retry_at === undefined ? null : whenOf(hash.next_retry_at),
    result: hash.result_sha256 === undefined ? null : { sha256: hash.result_sha256, id: hash.result_id! },
    uploads: hash.uploads === '1',
    arriving: Object.keys(scoresOf(dump[KEY.arriving + id])).sort(),
    run: hash.run!,
    ownTtl: hash.ttl_sec !== undefined,
    indexed: dump[KEY.ended] !== undefined && id in scoresOf(dump[KEY.ended]),
    deleted: hash.deleted_because ?? null,
    storedBytes: hash.stored_bytes === undefined ? null : Number(hash.stored_bytes),
    waitsFor: listOf(dump[KEY.waitingOn + id]),
    dependents: listOf(dump[KEY.dependents + id]),
    parent: text('parent'),
    shards: listOf(dump[KEY.shards + id]),
    openShards: listOf(dump[KEY.openShards + id]),
  });
}

function workerIds(dump: StoreDump, idsUnder: (prefix: string) => string[]): Set<string> {
  const named = [KEY.lease, KEY.removedWorker, KEY.worker].flatMap(idsUnder);
  const withoutSuffix = named.map((id) => id.replace(KEY.heartbeatSuffix, ''));
  return new Set([...withoutSuffix, ...listOf(dump[KEY.workerIds])]);
}

function workerIn(dump: StoreDump, id: string): ModelWorker {
  const lease = { ...fieldsOf(dump[KEY.lease + id]) };
  for (const field of TIMES_OF_A_LEASE) {
    if (lease[field] !== undefined) lease[field] = whenOf(lease[field]);
  }
  return {
    listed: listOf(dump[KEY.workerIds]).includes(id),
    hash: fieldsOf(dump[KEY.worker + id]),
    kept: fieldsOf(dump[KEY.removedWorker + id]),
    heartbeat: stringOf(dump[KEY.worker + id + KEY.heartbeatSuffix]),
    lease,
  };
}
