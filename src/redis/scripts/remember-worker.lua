-- Keeps the hash of a worker that Redis forgot when it lost writes, should that worker be heard again.
-- args: worker_id hash_json keep_sec
-- hash_json: its hash as a list of names and values, as a replica last read it.
-- Answers: {'kept'} | {'known'} (it is on the list, or kept already)

local kept = KEY.removedWorker .. worker_id
if redis.call('SISMEMBER', KEY.workerIds, worker_id) == 1 or redis.call('EXISTS', kept) == 1 then
  return { 'known' }
end
redis.call('HSET', kept, unpack(cjson.decode(hash_json)))
redis.call('EXPIRE', kept, keep_sec)
return { 'kept' }
