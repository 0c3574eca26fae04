-- Reads workers with all that is known of them: in one answer as many as go into it, the first ones in any case, for
-- whoever reads a whole fleet.
-- args: worker_ids_json
-- Answers: {'read', workers}  (workers: JSON, in the order of the ids, [{listed, heartbeat, hash, lease}, …])
-- heartbeat is false where there is none. What is of another type than it should be is a hole in the worker's report.

local MOST_BYTES = 64 * 1024

-- Names and values as an object: a list of none would be one too.
local function fields_of(flat)
  local fields, bytes = {}, 0
  for i = 1, #flat, 2 do
    fields[flat[i]] = flat[i + 1]
    bytes = bytes + #flat[i] + #flat[i + 1]
  end
  return fields, bytes
end

local list, total = {}, 0
for _, id in ipairs(cjson.decode(worker_ids_json)) do
  local hash, bytes = fields_of(peek('HGETALL', KEY.worker .. id) or {})
  list[#list + 1] = {
    listed = redis.call('SISMEMBER', KEY.workerIds, id) == 1,
    heartbeat = heartbeat_of(id) or false,
    hash = hash,
    lease = fields_of(redis.call('HGETALL', KEY.lease .. id)),
  }
  total = total + bytes
  if total > MOST_BYTES then
    break
  end
end
return { 'read', cjson.encode(list) }
