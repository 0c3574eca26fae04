/** Everything that is in a Redis database, read in one step: for asking whether anything changed, and what. */
import type { Redis } from 'ioredis';

/** Members of a set are sorted; a sorted set is its scores by member. */
export type StoredValue = string | string[] | Record<string, string>;

export interface StoredKey {
  kind: 'string' | 'hash' | 'list' | 'set' | 'zset';
  value: StoredValue;
  /** It has a time to live. */
  expires: boolean;
}
export type StoreDump = Readonly<Record<string, StoredKey>>;

const DUMP = `
local function by_name(flat)
  local map = {}
  for i = 1, #flat, 2 do map[flat[i]] = flat[i + 1] end
  return map
end
local read = {
  string = function(key) return redis.call('GET', key) end,
  hash = function(key) return by_name(redis.call('HGETALL', key)) end,
  list = function(key) return redis.call('LRANGE', key, 0, -1) end,
  zset = function(key) return by_name(redis.call('ZRANGE', key, 0, -1, 'WITHSCORES')) end,
  set = function(key)
    local members = redis.call('SMEMBERS', key)
    table.sort(members)
    return members
  end,
}
local dump = {}
for _, key in ipairs(redis.call('KEYS', '*')) do
  local kind = redis.call('TYPE', key).ok
  dump[key] = { kind = kind, value = read[kind](key), expires = redis.call('PTTL', key) >= 0 }
end
return next(dump) and cjson.encode(dump) or '{}'`;

/** The dump as JSON: the same text twice means that nothing has changed. */
export async function dumpText(redis: Redis): Promise<string> {
  return (await redis.eval(DUMP, 0)) as string;
}

export async function dumpStore(redis: Redis): Promise<StoreDump> {
  return JSON.parse(await dumpText(redis)) as StoreDump;
}
